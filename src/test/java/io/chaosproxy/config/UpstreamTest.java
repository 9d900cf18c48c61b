package io.chaosproxy.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.chaosproxy.fault.InvalidValueException;
import io.chaosproxy.fault.Protocol;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("fast")
final class UpstreamTest {
    /** Colons within brackets are not that of the port. */
    @ParameterizedTest
    @CsvSource({
        "http://[::1], [::1]:80",
        "http://[::1]/, [::1]:80",
        "http://[1::], [1::]:80",
        "http://[::1]:81, [::1]:81",
        "http://shop, shop:80",
        "http://shop:81/, shop:81"
    })
    void aUrlWithoutAPortMeans80(String url, String address) {
        assertEquals(address, Upstream.parse(Protocol.HTTP, url).toString());
    }

    @ParameterizedTest
    @CsvSource({
        "HTTP, https://shop, shop:443, true",
        "HTTP, 'https://[::1]/', [::1]:443, true",
        "HTTP, https://shop:80, shop:80, true",
        "HTTP, http://shop:443, shop:443, false",
        "TCP, tls://db:5432, db:5432, true",
        "TCP, 'tls://[::1]:1', [::1]:1, true",
        "TCP, db:443, db:443, false"
    })
    void theSchemeTellsWhetherItIsReachedByTls(Protocol protocol, String text, String address, boolean tls) {
        assertEquals(address, Upstream.parse(protocol, text).toString());
        assertEquals(tls, Upstream.isTls(text));
        assertEquals(protocol, Upstream.protocol(text.equals("db:443") ? "x:1" : text));
    }

    @Test
    void anotherUpstreamKeepsTheSettingsOfTlsOrHasNone() {
        ProxySpec spec = Upstream.change(ProxySpec.http("a", 1), "https://shop");
        assertEquals("https://shop:443", Upstream.text(spec));
        ProxySpec all = spec.upstreamTls(UpstreamTls.DEFAULTS.acceptingAll());
        assertEquals(all.upstreamTls(), Upstream.change(all, "https://b").upstreamTls());
        assertEquals("http://b:80", Upstream.text(Upstream.change(all, "http://b")));
    }

    @Test
    void aUrlOfAPortAloneNamesNoHost() {
        InvalidValueException refused =
                assertThrows(InvalidValueException.class, () -> Upstream.parse(Protocol.HTTP, "http://:81"));
        assertEquals("must name a host", refused.reason());
    }
}
