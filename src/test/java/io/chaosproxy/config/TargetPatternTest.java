package io.chaosproxy.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.chaosproxy.fault.InvalidValueException;
import java.net.InetAddress;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("fast")
final class TargetPatternTest {
    @ParameterizedTest
    @CsvSource({
        "*.example.com:443, a.example.com, 443, 10.0.0.1, true",
        "*.example.com:443, A.EXAMPLE.COM, 443, 10.0.0.1, true",
        "*.example.com:443, a.example.com., 443, 10.0.0.1, true",
        "*.example.com:443, a.example.com, 80, 10.0.0.1, false",
        "*.example.com:443, example.com, 443, 10.0.0.1, false",
        "*.example.com:443, a.example.com.evil, 443, 10.0.0.1, false",
        "example.com, example.com, 1, 10.0.0.1, true",
        "*:25, mail.test, 25, 10.0.0.1, true",
        "*, mail.test, 25, 10.0.0.1, true",
        "localhost:*, localhost, 25, 127.0.0.1, true",
        "10.0.0.0/8, a.test, 25, 10.255.0.1, true",
        "10.0.0.0/8, a.test, 25, 11.0.0.1, false",
        "10.0.0.0/8:80, a.test, 80, 10.0.0.1, true",
        "10.0.0.0/8:80, a.test, 81, 10.0.0.1, false",
        "127.0.0.1:80, localhost, 80, 127.0.0.1, true",
        "::1, localhost, 80, ::1, true",
        "[::1]:80, localhost, 80, ::1, true",
        "[::1]:80, localhost, 81, ::1, false",
        "fd00::/8, a.test, 80, fd12::3, true",
        "[fd00::/8]:80, a.test, 80, fd12::3, true",
        "[fd00::/8]:*, a.test, 80, fe80::3, false",
    })
    void matches(String pattern, String host, int port, String address, boolean expected) throws Exception {
        TargetPattern read = TargetPattern.parse(pattern);
        assertEquals(pattern, read.toString());
        assertEquals(expected, read.matches(new Address(host, port), InetAddress.getByName(address)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ":80",
                "a b",
                "a:0",
                "a:65536",
                "a:x",
                "a:",
                "a:080",
                "user@a:80",
                "http://a",
                "10.0.0.0/33",
                "10.0.0.256",
                "[a]:80",
                "[::1",
                "[::1]x",
                "::1]:80",
                "10.0.0.0/x"
            })
    void refuses(String pattern) {
        assertEquals(
                "",
                assertThrows(InvalidValueException.class, () -> TargetPattern.parse(pattern))
                        .key());
    }
}
