package io.chaosproxy.text;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("fast")
final class HostPortTest {
    @ParameterizedTest
    @CsvSource({
        "127.0.0.1, 127.0.0.1:80",
        "::, [::]:80",
        "::1, [::1]:80",
        "2001:db8:0:0:1:0:0:1, [2001:db8::1:0:0:1]:80",
        "2001:db8:0:1:1:1:1:1, [2001:db8:0:1:1:1:1:1]:80",
        "fe80:0:0:0:0:0:0:0, [fe80::]:80",
        "2001:db8:1:1:1:1:1:1, [2001:db8:1:1:1:1:1:1]:80",
    })
    void addressesArePrintedAsRfc5952Has(String host, String text) throws Exception {
        assertEquals(text, HostPort.text(new InetSocketAddress(InetAddress.getByName(host), 80)));
    }
}
