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

    @Test
    void aUrlOfAPortAloneNamesNoHost() {
        InvalidValueException refused =
                assertThrows(InvalidValueException.class, () -> Upstream.parse(Protocol.HTTP, "http://:81"));
        assertEquals("must name a host", refused.reason());
    }
}
