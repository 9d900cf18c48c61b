package io.chaosproxy.net;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.chaosproxy.fault.Network;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IpLiteralTest {
    @ParameterizedTest
    @CsvSource({
        "0.0.0.0, true, false",
        "255.255.255.255, true, false",
        "127.0.0.1, true, false",
        "10.0.0.256, false, false",
        "10.0.0.01, false, false",
        "10.0.0, false, false",
        "10.0.0.1.1, false, false",
        "a.b.c.d, false, false",
        "'', false, false",
        "::, false, true",
        "fd00::1, false, true",
        "::ffff:10.0.0.1, false, true",
        "fe80::1%lo, false, false",
        "shop:80, false, false"
    })
    void literals(String text, boolean isV4, boolean mayBeV6) {
        assertEquals(isV4, IpLiteral.isV4(text));
        assertEquals(isV4, Network.isIpv4(text));
        assertEquals(mayBeV6, IpLiteral.mayBeV6(text));
    }
}
