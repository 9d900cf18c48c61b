package io.chaosproxy.net;

import java.io.IOException;

/** File descriptors that the connections of proxies leave to the rest of the process, such as a control plane. Thread-safe. */
public final class FdReserve {
    private FdReserve() {}

    /** Descriptors that are kept free for everything but the connections of proxies. */
    public static int reserve() {
        return Math.toIntExact(FdBudget.reserve());
    }

    /** Takes one for a socket that is open already, if more than the reserve is free. */
    public static boolean take() {
        if (FdBudget.OF_PROCESS.take(1)) {
            FdBudget.OF_PROCESS.opened();
            return true;
        }
        return false;
    }

    /** Gives one back that was taken. */
    public static void free() {
        FdBudget.OF_PROCESS.closed();
        FdBudget.OF_PROCESS.free(1);
    }

    /**
     * Opens what virtual threads need to wait for sockets, once for the process, before descriptors run out.
     *
     * @throws IOException when they have
     */
    public static void prepareWaiting() throws IOException {
        Poller.prepareJdk();
    }
}
