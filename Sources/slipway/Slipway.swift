import Commands
import Glibc

@main
struct Slipway {
    static func main() async { exit(await SlipwayProgram.run(Array(CommandLine.arguments.dropFirst()))) }
}
