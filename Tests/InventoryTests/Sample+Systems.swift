extension Sample {
    static let systems = [
        Sample(
            "var/lib/dpkg/status",
            [
                "pkg:deb/debian/curl@7.88.1-10%2Bdeb12u5?arch=amd64&distro=debian-12",
                "pkg:deb/debian/libstdc%2B%2B6@12.2.0-14?arch=amd64&distro=debian-12",
                "pkg:deb/debian/bsdutils@1:2.38.1-5~1?arch=all&distro=debian-12",
            ],
            """
            Package: curl
            Status: install ok installed
            Priority: optional
            Maintainer: Alessandro Ghedini <ghedo@debian.org>
            Architecture: amd64
            Version: 7.88.1-10+deb12u5
            Depends: libc6 (>= 2.34), zlib1g (>= 1:1.1.4)
            Description: command line tool for transferring data with URL syntax
             curl is a command line tool
             .
             Version: 9 is no field of its own

            Package: gone
            Status: deinstall ok config-files
            Architecture: amd64
            Version: 1.0

            Package: libstdc++6
            Status: install ok installed
            Source: gcc-12
            Architecture: amd64
            Version: 12.2.0-14

            Package: bsdutils
            Status: hold ok half-configured
            Source: util-linux (2.38.1-5)
            Architecture: all
            Version: 1:2.38.1-5~1

            """),
        Sample(
            "var/lib/dpkg/status.d/tzdata", ["pkg:deb/debian/tzdata@2024a-0?arch=all&distro=debian-12"],
            "Package: tzdata\nVersion: 2024a-0\nArchitecture: all\n"),
        Sample(
            "lib/apk/db/installed",
            [
                "pkg:apk/debian/musl@1.2.4-r2?arch=x86_64&distro=debian-12",
                "pkg:apk/debian/ssl_client@1.36.1-r5?arch=x86_64&distro=debian-12",
            ],
            """
            C:Q1Ic+zUTm9cIIJDmSQVJQcBP5bXwo=
            P:musl
            V:1.2.4-r2
            A:x86_64
            L:MIT
            o:musl
            m:Timo Teräs <timo.teras@iki.fi>
            F:lib
            R:ld-musl-x86_64.so.1
            a:0:0:755
            Z:Q1zOyTM7T0pJVq9nHBKzpaNFQ4bx8=

            P:ssl_client
            V:1.36.1-r5
            A:x86_64
            L:GPL-2.0-only
            o:busybox
            m:Sören Tempel <soeren+alpine@soeren-tempel.net>

            """),
    ]
}
