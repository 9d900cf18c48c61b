package io.chaosproxy.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.chaosproxy.fault.InvalidValueException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class AddressTest {
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
