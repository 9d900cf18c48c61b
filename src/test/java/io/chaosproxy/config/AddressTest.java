package io.chaosproxy.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.fault.InvalidValueException;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("fast")
final class AddressTest {
    @ParameterizedTest
    @CsvSource({
        "shop.example:8080, shop.example, 8080",
        "[::1]:80, ::1, 80",
        ":0, '', 0",
        "a:65535, a, 65535",
    })
    void isReadAsItIsWritten(String text, String host, int port) {
        Address address = Address.parse("listen", text);
        assertEquals(new Address(host, port), address);
        assertEquals(text, address.toString());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "8080 | must be host:port, not \"8080\"",
                "a:b | not a port: \"b\"",
                "a: | not a port: \"\"",
                "a:-1 | port must be from 0 to 65535, not -1",
                "a:65536 | port must be from 0 to 65535, not 65536",
                "::1:80 | IPv6 addresses stand in brackets: \"[::1]\"",
                "[::1:80 | IPv6 addresses stand in brackets: \"[[::1]\"",
                "::1]:80 | IPv6 addresses stand in brackets: \"[::1]]\"",
                "a b:80 | not a host: \"a b\"",
                "a/b:80 | not a host: \"a/b\"",
                "me:secret@a:80 | must not name a user: \"a:80\"",
                "@a:80 | must not name a user: \"a:80\"",
            })
    void isRefusedUnderItsKey(String text, String reason) {
        InvalidValueException refused = assertThrows(InvalidValueException.class, () -> Address.parse("listen", text));
        assertEquals("listen: " + reason, refused.getMessage());
    }

    @Test
    void itsPartsAreCheckedAsWell() {
        assertEquals(0, new Address("a", 0).port());
        assertEquals(65535, new Address("a", 65535).port());
        assertEquals(
                "port: must be from 0 to 65535, not -1",
                assertThrows(InvalidValueException.class, () -> new Address("a", -1))
                        .getMessage());
        assertEquals(
                "port: must be from 0 to 65535, not 65536",
                assertThrows(InvalidValueException.class, () -> new Address("a", 65536))
                        .getMessage());
        for (String host : new String[] {"a b", "a/b", "\u001b", "u@a"}) {
            assertThrows(InvalidValueException.class, () -> new Address(host, 1));
        }
    }

    @ParameterizedTest
    @CsvSource({"a:80, a", "a:8080, a:8080", "[::1]:80, [::1]", "[::1]:81, [::1]:81"})
    void anAuthorityHasNoPortIfThatIsTheDefault(String text, String authority) {
        assertEquals(authority, Address.parse("listen", text).authority());
    }

    @Test
    void namesAreLookedUpLater() {
        InetSocketAddress address = new Address("shop.example", 80).unresolved();
        assertTrue(address.isUnresolved());
        assertEquals("shop.example", address.getHostString());
        assertEquals(80, address.getPort());
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1:80, 127.0.0.1:80, true",
        "127.0.0.1:80, 127.0.0.1:81, false",
        "127.0.0.1:0, 127.0.0.1:0, false",
        "localhost:80, 127.0.0.1:80, true",
        "127.0.0.1:80, LOCALHOST:80, true",
        "[::1]:80, [0:0:0:0:0:0:0:1]:80, true",
        "127.0.0.2:80, 127.0.0.1:80, false",
        "127.0.0.2:80, 0.0.0.0:80, true",
        "127.0.0.1:80, :80, true",
        "[::1]:80, [::]:80, true",
        "localhost:80, :80, true",
        "0.0.0.0:80, 127.0.0.1:80, true",
        "[::1]:80, 0.0.0.0:80, false",
        "[::1]:80, :80, true",
        "10.0.0.1:80, :80, false",
        "shop:80, shop:80, true",
        "shop:80, :80, false",
        "999.1.1.1:80, :80, false",
    })
    void leadsToAListenerOfTheSameAddress(String upstream, String listener, boolean leads) {
        assertEquals(leads, Address.parse("upstream", upstream).leadsTo(Address.parse("listen", listener)));
    }

    @Test
    void anUpstreamThatIsTheProxyItselfIsRefused() {
        ProxySpec spec = ProxySpec.tcp("localhost", 4711);
        InvalidValueException e = assertThrows(InvalidValueException.class, () -> spec.listeningOn("127.0.0.1", 4711));
        assertEquals("upstream: must not be the address that the proxy itself listens on", e.getMessage());
    }
}
