package io.chaosproxy.relay;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
final class RejectingClientsTest {
    private static final String NAME = "shop.example";

    private final InetAddress one = address(1);
    private final InetAddress two = address(2);
    private final AtomicLong now = new AtomicLong(-5);
    private final RejectingClients clients = new RejectingClients(2, now::get);

    private static InetAddress address(int last) {
        try {
            return InetAddress.getByAddress(new byte[] {10, 0, 0, (byte) last});
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aRejectionIsThatOfOneClientForOneName() {
        assertFalse(clients.isRejecting(one, NAME));
        clients.rejected(one, NAME);
        assertTrue(clients.isRejecting(one, NAME));
        assertFalse(clients.isRejecting(two, NAME));
        assertFalse(clients.isRejecting(one, "other.example"));
    }

    @Test
    void itIsForgottenAfterAnHour() {
        clients.rejected(one, NAME);
        now.addAndGet(RejectingClients.REMEMBERED.toNanos() - 1);
        assertTrue(clients.isRejecting(one, NAME));
        now.addAndGet(1);
        assertFalse(clients.isRejecting(one, NAME));
    }

    @Test
    void theLatestAnswerCounts() {
        clients.rejected(one, NAME);
        clients.accepted(one, NAME);
        assertFalse(clients.isRejecting(one, NAME));
        clients.rejected(one, NAME);
        assertTrue(clients.isRejecting(one, NAME));
    }

    @Test
    void aSilentEndIsARejectionUnlessTheClientHasAcceptedBefore() {
        assertTrue(clients.leftSilently(one, NAME));
        assertTrue(clients.isRejecting(one, NAME));
        clients.accepted(two, NAME);
        assertFalse(clients.leftSilently(two, NAME));
        assertFalse(clients.isRejecting(two, NAME));
    }

    @Test
    void theOneThatWasNotUsedForLongestIsForgotten() {
        clients.rejected(one, NAME);
        clients.rejected(two, NAME);
        assertTrue(clients.isRejecting(one, NAME));
        clients.rejected(one, "third.example");
        assertFalse(clients.isRejecting(two, NAME));
        assertTrue(clients.isRejecting(one, NAME));
        assertTrue(clients.isRejecting(one, "third.example"));
    }
}
