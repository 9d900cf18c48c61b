package io.chaosproxy.relay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.config.Address;
import io.chaosproxy.config.ForwardAccess;
import io.chaosproxy.net.OwnListeners;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which addresses are dialled for a target. */
@Tag("fast")
final class TargetPolicyTest {
    private static boolean permits(ForwardAccess access, String host, int port, String address) throws Exception {
        return new TargetPolicy(access)
                .refusal(new Address(host, port), InetAddress.getByName(address))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "169.254.169.254",
                "169.254.0.1",
                "169.254.170.2",
                "fe80::1",
                "febf::1",
                "fe80::a9fe:a9fe",
                "fd00:ec2::254",
                "fd00:ec2::23",
                "fd20:ce::254",
                "fd00:c1::a9fe:a9fe",
                "fd00:42::42",
                "fd00:a9fe:a9fe::1",
                "100.100.100.200",
                "168.63.129.16",
                "192.0.0.192",
                "::ffff:169.254.169.254", // mapped
                "::169.254.169.254", // compatible
                "64:ff9b::a9fe:a9fe", // NAT64
                "64:ff9b:1::a9fe:a9fe",
                "2002:a9fe:a9fe::1" // 6to4
            })
    void guardedAddressesNeedToBeNamed(String address) throws Exception {
        assertFalse(permits(ForwardAccess.OPEN, "metadata.test", 80, address));
        assertFalse(permits(ForwardAccess.OPEN.allowing("*", "0.0.0.0/0", "::/0"), "metadata.test", 80, address));
        assertTrue(permits(ForwardAccess.OPEN.allowing("*", address), "metadata.test", 80, address));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1",
                "::1",
                "10.0.0.1",
                "192.168.1.1",
                "169.253.255.255",
                "169.255.0.0",
                "fec0::1",
                "fd00:ec3::254",
                "100.100.100.201",
                "8.8.8.8",
                "64:ff9b::808:808",
                "2002:808:808::1",
                "2001:db8::1"
            })
    void othersAreOpen(String address) throws Exception {
        assertTrue(permits(ForwardAccess.OPEN, "a.test", 80, address));
    }

    /** With a zone it is the same address. */
    @Test
    void aZoneChangesNothing() throws Exception {
        byte[] bytes = InetAddress.getByName("fe80::1").getAddress();
        InetAddress scoped = Inet6Address.getByAddress("a", bytes, 1);
        assertTrue(new TargetPolicy(ForwardAccess.OPEN)
                .refusal(new Address("a", 80), scoped)
                .isPresent());
    }

    @Test
    void denyOutdoesAllow() throws Exception {
        ForwardAccess access =
                ForwardAccess.OPEN.allowing("*.test:443", "10.0.0.0/8").denying("secret.test", "10.9.0.0/16");
        assertTrue(permits(access, "a.test", 443, "8.8.8.8"));
        assertFalse(permits(access, "a.test", 80, "8.8.8.8"));
        assertFalse(permits(access, "secret.test", 443, "8.8.8.8"));
        assertTrue(permits(access, "other", 80, "10.1.0.1"));
        assertFalse(permits(access, "other", 80, "10.9.0.1"));
        assertFalse(permits(access, "a.test", 443, "10.9.0.1"));
        assertFalse(permits(access, "other", 80, "8.8.8.8"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1.2.3.4:25 | deny has *:25",
                "10.1.2.3:80 | deny has 10.0.0.0/8",
                "1.2.3.4:81 | no pattern of allow matches it",
                "169.254.169.254:80 | 169.254.169.254 is guarded, as a link-local address or one of a metadata service;"
                        + " allow can name it",
                "127.0.0.1:80 | the control plane or a forward proxy of this process listens there"
            })
    void theReasonIsTold(String target, String reason) throws Exception {
        InetSocketAddress own = new InetSocketAddress("127.0.0.1", 80);
        OwnListeners.add(own);
        try {
            Address address = Address.parse("target", target);
            TargetPolicy policy =
                    new TargetPolicy(ForwardAccess.OPEN.allowing("*:80").denying("*:25", "10.0.0.0/8"));
            assertEquals(Optional.of(reason), policy.refusal(address, InetAddress.getByName(address.host())));
        } finally {
            OwnListeners.remove(own);
        }
    }

    @Test
    void ownListenersAreNeverDialled() throws Exception {
        InetSocketAddress loopback = new InetSocketAddress("127.0.0.1", 1);
        InetSocketAddress everywhere = new InetSocketAddress("0.0.0.0", 2);
        OwnListeners.add(loopback);
        OwnListeners.add(everywhere);
        try {
            ForwardAccess open = ForwardAccess.OPEN.allowing("*", "127.0.0.1", "0.0.0.0");
            assertFalse(permits(open, "localhost", 1, "127.0.0.1"));
            assertFalse(permits(open, "localhost", 1, "0.0.0.0"), "the kernel takes it for loopback");
            assertFalse(permits(open, "localhost", 1, "::ffff:127.0.0.1"));
            assertTrue(permits(open, "localhost", 3, "127.0.0.1"));
            assertFalse(permits(open, "localhost", 2, "127.0.0.9"));
            assertFalse(permits(open, "localhost", 2, "::1"));
            assertFalse(permits(open, "localhost", 2, "0.0.0.0"));
            assertTrue(permits(open, "a.test", 2, "192.0.2.1"));
        } finally {
            OwnListeners.remove(loopback);
            OwnListeners.remove(everywhere);
        }
        assertEquals(true, permits(ForwardAccess.OPEN, "localhost", 1, "127.0.0.1"));
    }

    /** What name and port tell; a network may contain any name's addresses. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                   |                            | true
                   | A.TEST                     | false
                   | a.test.                    | false
                   | *.test:443                 | false
                   | *.test:80                  | true
                   | 10.0.0.0/8                 | true
        a.test     |                            | true
        a.test:443 | a.*                        | false
        b.test     |                            | false
        a.test:80  |                            | false
        10.0.0.0/8 |                            | true
        10.0.0.1:80|                            | false
        b.test,10.0.0.0/8:443 |                 | true
        """)
    void aNameIsAskedForBeforeItsAddresses(String allow, String deny, boolean mayBe) {
        ForwardAccess access = ForwardAccess.OPEN;
        access = allow == null ? access : access.allowing(allow.split(",", -1));
        access = deny == null ? access : access.denying(deny);
        for (String host : List.of("a.test", "a.test.", "A.test")) {
            assertEquals(
                    mayBe,
                    new TargetPolicy(access).refusal(new Address(host, 443)).isEmpty(),
                    host);
        }
    }
}
