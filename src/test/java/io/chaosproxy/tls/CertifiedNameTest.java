package io.chaosproxy.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("fast")
final class CertifiedNameTest {
    @ParameterizedTest
    @CsvSource({
        "shop.example.com, shop.example.com",
        "Shop.EXAMPLE.com, shop.example.com",
        "shop.example.com., shop.example.com",
        "localhost, localhost",
        "_dmarc.a_b.example.com, _dmarc.a_b.example.com",
        "bücher.example, xn--bcher-kva.example",
        "BÜCHER.example, xn--bcher-kva.example",
        "xn--bcher-kva.example, xn--bcher-kva.example",
        "a1, a1",
        "1a.2b, 1a.2b",
        "127.0.0.1, 127.0.0.1",
        "255.255.255.255, 255.255.255.255",
        "::1, ::1",
        "[2001:DB8::1], 2001:db8::1",
        "::ffff:1.2.3.4, ::ffff:1.2.3.4"
    })
    void aHostAsItIsCertified(String host, String name) {
        assertEquals(Optional.of(name), CertifiedName.of(host));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".",
                "*",
                "*.example.com",
                "a..b",
                ".a",
                "a b",
                "a,b",
                "a\0b",
                "-a",
                "a-",
                "a.-b",
                "999.1.1.1",
                "1.2.3",
                "12345",
                "1.2.3.4.5",
                "x.0",
                "::g",
                "g::1",
                "[::1",
                "fe80::1%eth0",
                "1:2:3:4:5:6:7:8:9",
                "example.com:443",
                "/etc/passwd"
            })
    void whatNoCertificateCanBeFor(String host) {
        assertEquals(Optional.empty(), CertifiedName.of(host));
    }

    @ParameterizedTest
    @ValueSource(ints = {63, 64})
    void aLabelHas63CharactersAtMost(int length) {
        assertEquals(
                length == 63, CertifiedName.of("a".repeat(length) + ".example").isPresent());
    }

    @ParameterizedTest
    @ValueSource(ints = {61, 62})
    void aNameHas253CharactersAtMost(int rest) {
        String label = "a".repeat(63) + ".";
        assertEquals(
                rest == 61,
                CertifiedName.of(label + label + label + "a".repeat(rest)).isPresent());
    }
}
