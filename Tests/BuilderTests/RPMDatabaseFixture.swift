import Archive
import Foundation

/// RPM databases with the packages `alpha`, `beta` and `gamma`, compressed with gzip.
enum RPMDatabaseFixture {
    /// Made by RPM 4.18.
    static var sqlite: [UInt8] { get throws { try decompressed(sqliteText) } }

    /// The same headers, loaded by Berkeley DB 5.3 into pages of 512 bytes under the keys that RPM gives them.
    static var berkeley: [UInt8] { get throws { try decompressed(berkeleyText) } }

    private static func decompressed(_ text: String) throws -> [UInt8] {
        var compressed = Data(base64Encoded: text, options: .ignoreUnknownCharacters).map(Array.init)
        let decompressor = try Decompressor { compressed.take() ?? [] }
        var bytes: [UInt8] = []
        while case let piece = try decompressor.next(), !piece.isEmpty { bytes += piece }
        return bytes
    }

    private static let sqliteText = """
        H4sIAAAAAAACA+3db2wb533A8TseJZK25bNrK4zjuKajuLJiSb473h3JNeni2LLjxZE9RxmSrU5wvD8SY0lUJDpzDHSohb0otnVt
        sb4IkHQLNqDtq3ovEmAD8mIoimFAt2HLCuTNlu5PAuRPnT9b66xomuzIe0jd0ZSXDUFkKd9PQt79nufunt9zvD9+dDb1wK+frDX8
        QlBfnHMahaK0TZJl6e5CQZKkvvBVklYY4Ssdi2Xpf9cnjbtyc0Oy+otm/NloAgAAAAAAPjm37oiNzUuMzQEAAAAA2Ijs1EBr/P+f
        Uvg/AAAAAADYMLbIyh75tOOec6b9JaU5/lfUlyX1Z+ob4QQAAAAAAKw7m5R0Xs46swszjpJLpQflbNVvOKmcnM7nstPO3JwTjf//
        Q1LfU6+EEwAAAAAAsD5llfQOOVtfaCjZlJhLZeT0jlxzLhr//1BS31b/JZwAAAAAAIAb2zYlPSRnH5xfWvDdWlDzPWVbqqskpcrp
        oVy8ZKC1JjsPAAAAAICNjH//DwAAAADAevfR/v0/z/8BAAAAANjYGP8DAAAAAMD4HwAAAAAAbIzxv6K+Lqk/V98NJwAAAAAAYD3r
        V9KqnD2k9Kda01SfnFZz2UPR+P9fJfWq+mY4AQAAAAAA61BOSe+Us08923+u+QWAYjaVldM7c63ZaPz/gqS+of5TOAEAAAAAADeY
        QSU9Kmcv939/cvflAx9ULg9tvnrWHFIGU83i7bfM3/XTUX/kaxdeeubN4OX3Ujvl9GguO9B45a1Tzz0/8d1Xf/y9QeWpi9H4vyGp
        L6p/Fk4AAAAAAMDHZExJn5WzTiUwy4Fb9nxPc6qea5d93TSMalG3DM8pV8I6Qy/qmjKWai5uerbpe5Zfcj27XDIqWhB4WtHxS7pZ
        MXzD823Tdi3NT43K6bO5rF6xDc0MTLviaVXb1Q3dK1Us3zEsxzLskm+6lukGRZvv/wMAAAAAYONj/A8AAAAAAON/AAAAAADA+B8A
        AAAAADD+BwAAAAAAjP8BAAAAAMAnM/5X1Gcl9Z/VvwwnAAAAAABgDeSV9OD+HZPOnN98PXrOf/LRmnehWND3pdJ7D+24x1ny58OK
        pc7MyiLF2+T0Xr3XIjPz5+fEZja1xv+vSOpV9Uo4AQAAAAAA61RWyeemnbk5J6sMylW/4aRySl52ZhdmHCUa/78uqT9X3w0nAAAA
        AABgPcsoO+T6QkMR01S/siMXTqPx/zuS+r56NZwAAAAAAIANoE+RZUVpvqdSipLLReP/f5TUd9V/CycAAAAAAGA9UJUh+cH5pQXf
        rQU131O64tRWZSgXi5vjf77/HwAAAACAja35/f87lBlJ/UP1zq1/PPDuwOkt39r8xmZz0+/kfpjbl30883eZPf2P9H09/VL6dmUm
        9XxqJnWr/IL8kJyV/uQTSTAzzoeEde9SZUcmPzIiL481nOqs/8D5hYVZf86fbzS/kTMZ7TxyZuLw1ERh6vA9JycKw8nK4cKBc/6T
        heGpiYemhguTp6YKkw+ePDlaaH6lZ+HE5NTE8YkzseKad6FH6bFTZyZOHJ8s3DfxcOFAc82RwpmJYxNnJiaPTDxQGD7tuOecaX9p
        OKobuaR9JpMfGpKXh0Xu02GlSLwzu6M7607NmqRsb8/kh4fl5YOtlM/4bn0u3IVeM59E8Jlk2om6NUn8vm2ZvGXJy5VW4lOLzvxS
        UJv1G4u1cIcuNtPqVbY92Y1ei6xJb+5UM/mDB+XlQ63eHEtm1BVuS/bh2A2Q/tjWTH7fPnl5f3Tgzzj6jO94/uLKnNp12Hcq1iTf
        fQOZ/K5d8vKeKN/a9JxnRe9bu/JsFbZzvOfkqXs+uX26Jb5PT8wvNZzZ2UbNW5kbSOa6UrEm+Q5vzuT37JGX97XyPVprHY1L7emW
        ZK7t4rW5TG+KX6an4leMzuzm7gvF2p5gxVwmv3+/vDzSSvlUdakenvStb6mOz29KJh2vWpuss/Gsj9Tng9ma27rXxedzyazjVWtz
        eGTih8fpxfoTNa+1D2Oz2WTOsZq1Sbk/nvIZ//HztUU/uod3ZjPdd/BOzZqk/Nm+TD6fl5d3t1I+vlg/v9B660+m2SpbkwTvSGfy
        e/fKy0OtBK/9dvi+ZKKd8jVJdreSyQ8Oysu7Wsm2vwY/nUxxco0+69Op/uYfbh5u5bb0+Gyt4T+6FB5+/rzbHSqJjLsqDzT372gY
        jSzIrXvNpWJ0ior22tNU18nZTifKtdOf02dO3H/4zMOtXhx+cOrUiclwvfsnJqdGq7P1aqF58+z0eYTn/wAAAAAAbHwDm5+W9kpf
        lja9tunpTadyb+d+P/f57IvZIPPLzDcyt/c/13+876W++b5U+tvp48q/K7XUldSj8t/LZ6XXpS+r31T3bv3O1i8MvPj/b396LJMv
        DsmX+mrznn8h9tSw/XsMY0Wa+PnHicmjEw8lHjG2Fx4unJpMPnts/VTo8ANHRhZHM/nKsHxpe6uhxHO+zu9DTJQeSrbWe42oweRT
        w+inMc026wcz+VLY5kCPNkXGicLx6zWZ6GJXi+1OXtp6RyZ/3JIvjbVa7PUYsJN6r8qxZALXXT9KpOeTxpU9cGnzSCY/ESY0snpC
        omO96kY/Qj6J/dI7nfbuuXggk7/roHxpVyuZY6t0rKv8YDKHY9fdHcdW3RO/PZzJfz5se7Bn26ITXcV3XL/pRM+PrdZp93OZvL5P
        viRHZ1jnAWXnBOuUjHSdX9csKk6vlWecnUbO7u/PH9ojf6nVRvshWGfftAsOJBu4Zrlo+51naCs77zdv78+P7ZGfTG5eZNVZfpWt
        J5Jf2Xg79ceGMnkrvALlxBHa60zplH2u+4Bc/bzodRBM3xa/2k31Ogk6RftXb6rrkO/xoc/vC688+9tXnvgDs06e8cLbk231XD5q
        LfHsbaVj5wrhTtzf3omJ9UWy8bKh6zSX6FuytU7n9sY7F3+u1kk2XnhbsrWey0fNJR7RxTr32XjnEuuLbONl+67TXKJzydY6h+Oe
        +OEYewDXyTVWVki21WvpqK34g7zY4Xhr/HCMry0SjRXtXb2pRK8SLXU6tTveqdgjutitt1O2p/sueO3S7ZvgyqO+WKduiXcqvnbn
        ltsp2r16U12321hL7U5N7urPD+fluVY7red57ZVawS3JbScWiLYaPQPsbK96c3ih3tu+UF/725o7JbuSW752yWjzK0/uVnbOI/nw
        Or1XXKev+Z3RnYKbV2shkX+sgXYffu2m/vz+QbnW2n78N1Y35/PJrU5es5snE/v3vsH+5lP230o8Xms4DT0+f1PPB2vNmgON6uxo
        uOnRZjRySdsZf5Q8MT/jzLut7GOzg8kHbLGatXi8KEmpEgMU/B89ZsSvtbFjuHN5iJVZyVOy19LRqRk/F2LXWj1+rY2vLc7rWJG5
        elOJi0Cipfa14Akt/NPzSPtPz8m/EtvJNFlc7B4t9lynPWJM/B3blQ4uHQpHjSPtUWPXNjoj1Hipcd1mu8apyVY7d8vx+CcYH+au
        9LRTpq8+KO7uY2xU3Olg9P1/r0jqVfVKOAEAAAAAAOtUVsnnpp25OSerDMpVv+GkckpedmYXZhyF3/8HAAAAAMDG0+v3//Hv/wEA
        AAAA2NgY/wMAAAAAwPgfAAAAAAAw/gcAAAAAAIz/AQAAAAAA438AAAAAAPDJjP8V9W1J/YX6s3ACAAAAAADWvz5FlQ8prfdUWlFz
        h6Lx/zuS+r56NZwAAAAAAIAN8QMAWVaU5nsqpSi5XDT+vyipP1K/E04AAAAAAMDHalQ5KzuVwCwHbtnzPc2peq5d9nXTMKpF3TI8
        p1wJ6wy9qGtKc2HTs03fs/yS69nlklHRgsDTio5f0s2K4Rueb5u2a2l+6qByNqdXbEMzA9OueFrVdnVD90oVy3cMy7EMu+SbrmW6
        QdHm3/8DAAAAALDxMf4HAAAAAIDxPwAAAAAAYPwPAAAAAAAY/wMAAAAAAMb/AAAAAACA8T8AAAAAAGD8DwAAAAAAGP8DAAAAAADG
        /wAAAAAAMP4HAAAAAACM/wEAAAAAwHowEL5SqYtS7q7wDfjEfPXuVFp6Oh3OfSE8BH8UTn81fGXC+TEp+pGUF76yYmlZkpTXwml/
        83gV8esizoj4DRFvFvGb4TQtttWMfxJOc+Frp4iviHhExG+J5U0Rvy22Vxbxu6L+ThH/l6i/W8RXRXxKxP8ttj8j4l+K+oaIPxDx
        xShOp8X2f1fEzTolfH1FxDkR/56IN4nl/0DEm8X++rqIt4j4GyIeEMt/U8SqqH9KxNtE/C0R7xT5/amIB8X6fyHivFj+BRHfLOp/
        EOWZ3iXq/0HEt0SxvFfEB6Lty5ZY/3i0viz2b/peEYv9mz4h1j8q4odE/b0ifljUnxTxF0X9lIjPivqHRPyIiL8o4qrI5xEReyL2
        ReyL+DERByKui3hWxI+LuCHab39+50Xc/ryeEO2Lz2vHH4n6Z0T812J7z4r4FbH8t0X8qlj+NRG/Lup/EsWyHNWnxP6T+8T5dTQ6
        J+SBaPspsX/k7SL+kjg+3xHr/5XIty+apn4g4ptE/d+IeFrEfyviGRE3P3/5iFT1G46kjxtSsX1OHy4sOO45Z9ov1IPCfL0xU5uf
        liaj6Xi4wLn+Z5+6IBaeuODMLcz6hd/w5736onT/ianC4cmjheOnT44Z49pYfXFs1mn4i9KD80sLvlsLar4nzdbmz1+Q5uvOojvT
        vuwcvhJttx0v1uuN6K2Z31iY31hxfGnRHV9cmGvWfxhqZR51alP7FVbP1qoHjtTnFhb9pSXfO1ab9SedOX9pRBJ1zZKjtWl/qbFS
        dtp5crbutBZeutd5wj+96Ae1CyNScVwbN8d0yRy3w940p9G7Xh7XRNOtV1NW/5VWmq2gvtCQDkljp4zC2LTkLtTq0vTF2oJUEd0e
        8/xqzZkfi3ZFjFdb9N1GffFJsc3zjWCsLBmuZpe0YsXWwv8sx3A9w/Ndwyl7tl8uFou6a+nVimUXXadUtKp64Li6bVUrfqViBkVL
        E/npXmCHazq6Zldcr1SxnMCq2qYW6OHiQckrmp5rBlbgliqeadmmXSxrjlbWNKtYKpYNqX0z+PDD9/9caj+f6Htr+y3zd/101B/5
        2oWXnnkzePk907NN37P8kuvZ5ZJR0YLA04qOX9LNiuGHmYdbdi3NlwyrWDGckm9qpVJQDnPXDLds2oFll0pGyasUA7PiGq5dsp2y
        pZeNou1o4ZZ0M2h2rJVQ7JhpnhdKM/7q3fLHdAvLdt3CtnAL4xbGLexGu4VNO3NziXtY6sa6hbXyu+Ye1ryFRZnfOLcw41N6Cxto
        vPLWqeeen/juqz/+3qDy1EW9YhuaGZh2xdOqtqsberMt3zEsxzLs8I7lWqYbFG3J1DXTLHm+UylbjmdYZb2i65Vq1fMDz3FKXtUs
        lbWqZepe2C1Dr+plNyi5hlkte0U/8Mur3MKaJ5Ccuysc/zMiBQAA+Ag/wlYY/zP+Z/z/aRn/O7MLM8mfYd9Y4/9Wfj3H/1HmN874
        X/uUjv8v939/cvflAx9ULg9tvnrWHHIqgVkO3LLne5pT9Vy77OumYVSLuhU2Xq6EdYZe1DWpWC5WAr35U27D0GzHDqts3ahWnGLV
        8Eqlcpi9HW7HDEzX98vlkuU65Wo47q9U3bKllUurjP//B/M+jN0AcAMA
        """

    private static let berkeleyText = """
        H4sIAAAAAAACA+2XTYwURRTHq3eW2W+ECH7gwU24sIkzdlVXV1cbvwiLQMSFAxpIgKS6qnp3ZHZmnB3IQuLNgzEaNXrggAkhxngS
        D5J44GAMMR400cTEG8aENXwj0aBGBaun/5NdwAMxHkZ3a9JT86tXXfWq3qv+9xBCiEfyolYXyUD2o8dd/XnbcnJ7eff73wi5TsiX
        4tiuE9W8zVswTlZ63fX1a1N7b21fKt1Xbo/dnEdGfveueVe9uaXg/fdLgZKn+1x9sugCnR1ur7Aw5B6O/Hz8T7fjf8U77532/tn5
        J0vnv0sCP9QJfAENhU6DtyD+hQXPbY/84JEsXx53efGNq59wl+OekqtXuMvM60N2c+Gsq4tIoozPgfvB58HD4AuYaAX4oqsz4VkF
        vgQeA19Gfw6+gvEk+Crsj4J/gv1J8DXwNvCvGH8K/CfsLfB18KGce3sx/kvgIjbsZfAA+BXwIPq/Ch7CXrwBHga/CR5B/7fBd8F+
        GLwC/A54Ffw7Bl6N+z8G34v+J8H3wX4q97P3fti/mo9/L5awbD7+Wc81eU/vQdy5Lp/ZCzHypvxWDzvfuxmMne/dgvvHwTth3wze
        BftW8G7Yd4D3wL4TvBe8G5zAn71gA7ZgC34enILr4Cr4BXAL83ciux/cieQBzI9I3v0W7EfAn2G8o+Az6P8eeA79z4LPwX4xZw+h
        6MH+ectw8sbz0+KN5OP3YH+8leAXkbk/4v5P4G8eTtJzCnwP7J+DJzvxX4YcKC48/1nPL9BzCpzljLeBTKrpaUVomZEgT6Ke9aMN
        pfepSTtaT0dr9dZUpTZJJvK67DrsKx49PIuHxsZZNd2o2tHnbM3Um+SZLTtG10+Mj27avrXEyn6p3ixVVcs2ybO1mYbVlbRiDalW
        avtnSa2umnqq83xbfykft8PNer2Vf7X9Kzn/SkF5pqnLzca0s99wJfe8vajBzuWs1UqybkN9utG0MzPWPFWp2gk1bWfGCGxZy3hl
        0s605tu2q4PVump3ntmsDtjtTZtWZsdIUPbLvEQJLwu3mqzOv6ks+7eKZT97pO1lG+qNFnmYlLax0dIk0Y1KnUweqjRIjGWXjE0q
        qlbKt2JBMZWm1a168yDG3N9KS5Iw7YvID2Lhu0+omDbMWM2UNMLKIAioDmnHnSJyIGe3KX1JHIpAqygIE5oqTUWYxDaOeRqEfj4L
        pSYVbkxFfRFrE8WhSsNEcD+lrnsamYAbzdMw1VFseCi4CKSvfOn7YRAFkpGOtNy48ceHkAPnxeWR1pnL2z46sfH9ue8+WF04fIjG
        gvk85SI2fiI0ZTSbyyoWqpCJyHIdcp0GgnDqcx4Zq2IZKsNCSWNK4yQxNjVKRSbhkfSTkFPjlsVoQqVOI814Ik1gUyvJTdmUnaXC
        wuz6P7//93XS8d/U/75b9H9oSf+7Vf/7Ea6BJf1flPo/gBwYvEP9T2zrJvknXnfpf+bfbfLf1v+2512k/7Qr9H8QOdAN+r9yTe2x
        nx+yY6/PfnvkQnr6F24Etya0kTZCRiz209T4gbIR5TGzbk1uZB36lrAwiJlyLwR+FKXS+e4zLblIQxFFLDJxkPJYMy0ioWRIJQuE
        8t1IlKfZwtoOLVb9H8Lv4aX//4tS/4eRAyNL+r8o9X8EObD8DvVfVRtTN78AdJf+t/372///uefdo/9+V+j/cuRAN+j/8eKnEw8c
        X3c9Pr526NoevlbFKZeplsYaXyVGC2kpZywJaOgml7GzMRpQnwQyiFOavSIw5gslnElQlsQqSJiJIum8F24cnnJtrZRRqJVM3P/+
        ONEy9GW0CPX/LxdUg70AHgAA
        """
}
