package io.chaosproxy.net;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Listening sockets of this process to which none of its forward proxies connects: control planes, which clients of a proxy are not
 * to reach, and the forward proxies themselves, which would go in circles. Thread-safe.
 */
public final class OwnListeners {
    private static final Set<InetSocketAddress> ADDRESSES = ConcurrentHashMap.newKeySet();

    private OwnListeners() {}

    /** Adds a socket that listens at this address, with its real port. */
    public static void add(InetSocketAddress address) {
        ADDRESSES.add(address);
    }

    /** Removes one that listens no more. */
    public static void remove(InetSocketAddress address) {
        ADDRESSES.remove(address);
    }

    /** Whether a connection to this address would arrive at one of them; may ask the system for its interfaces, but not for names. */
    public static boolean isReachedBy(InetAddress address, int port) {
        return ADDRESSES.stream().anyMatch(own -> own.getPort() == port && isReachedBy(address, own.getAddress()));
    }

    private static boolean isReachedBy(InetAddress address, InetAddress own) {
        return address.equals(own)
                || (own.isAnyLocalAddress() && isLocal(address))
                || (own.isLoopbackAddress() && address.isAnyLocalAddress()); // the kernel takes it for loopback
    }

    private static boolean isLocal(InetAddress address) {
        try {
            return address.isLoopbackAddress()
                    || address.isAnyLocalAddress()
                    || NetworkInterface.getByInetAddress(address) != null;
        } catch (SocketException e) {
            return true; // not known, so it is not dialled
        }
    }
}
