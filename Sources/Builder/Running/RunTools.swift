package import Sandbox

/// What `RUN` instructions are done with on this machine.
package struct RunTools: Sendable {
    /// Runs containers.
    package var runtime: ContainerRuntime
    /// What each container may use.
    package var limits: Container.Limits

    package init(runtime: ContainerRuntime, limits: Container.Limits = .init()) {
        self.runtime = runtime
        self.limits = limits
    }
}
