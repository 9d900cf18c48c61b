package io.chaosproxy.fault;

import static io.chaosproxy.fault.Refusals.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("fast")
final class NetworkTest {
    @ParameterizedTest
    @CsvSource({
        "127.0.0.1, 127.0.0.1, true",
        "127.0.0.1, 127.0.0.2, false",
        "10.0.0.0/8, 10.255.1.2, true",
        "10.0.0.0/8, 11.0.0.0, false",
        "10.9.9.9/8, 10.1.1.1, true",
        "192.168.160.0/19, 192.168.191.255, true",
        "192.168.160.0/19, 192.168.192.0, false",
        "192.168.160.0/19, 192.168.159.255, false",
        "255.255.255.254/31, 255.255.255.255, true",
        "1.2.3.4/32, 1.2.3.4, true",
        "1.2.3.4/32, 1.2.3.5, false",
        "0.0.0.0/0, 200.1.2.3, true",
        "0.0.0.0/0, ::1, false",
        "::1, ::1, true",
        "::1, ::2, false",
        "::/0, 1.2.3.4, false",
        "fd00::/8, fd12:3456::1, true",
        "fd00::/8, fe00::1, false",
        "2001:db8::/33, 2001:db8:7fff::, true",
        "2001:db8::/33, 2001:db8:8000::, false",
        "::ffff:10.0.0.1, 10.0.0.1, true",
    })
    void contains(String network, String address, boolean contained) throws UnknownHostException {
        assertEquals(contained, Network.parse(network).contains(InetAddress.getByName(address)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "", "localhost", "10.0.0", "10.0.0.256", "999.1.1.1", "010.0.0.1", "1.2.3.4.5", "10.0.0.0/",
                        "10.0.0.0/x",
                "10.0.0.0/+8", "10.0.0.0/-1", "10.0.0.0/8/8", "1:2", "::g", ":::", "fe80::1%eth0", "[::1]", " 1.2.3.4",
                "10.0.0.0/1000"
            })
    void whatIsNoneIsRefusedAndNeverLookedUp(String text) {
        refused("client: not an address or network: \"" + text + "\"", () -> Network.parse(text));
    }

    @Test
    void prefixesThatAreTooLongAreRefused() {
        refused("client: prefix must be from 0 to 32: \"10.0.0.0/33\"", () -> Network.parse("10.0.0.0/33"));
        refused("client: prefix must be from 0 to 128: \"::/129\"", () -> Network.parse("::/129"));
    }

    @Test
    void equalIfWrittenTheSame() {
        assertEquals(Network.parse("10.0.0.0/8"), Network.parse("10.0.0.0/8"));
        assertEquals(
                Network.parse("10.0.0.0/8").hashCode(),
                Network.parse("10.0.0.0/8").hashCode());
        assertNotEquals(Network.parse("10.0.0.0/8"), Network.parse("10.0.0.0/9"));
        assertEquals("10.0.0.0/8", Network.parse("10.0.0.0/8").toString());
    }
}
