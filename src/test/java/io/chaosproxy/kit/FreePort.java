package io.chaosproxy.kit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Ports for programs that have to be told where to listen. They lie below those that the kernel gives to clients ({@code
 * ip_local_port_range}, from 32768 on): any connection of any test could take one of those before the program listens.
 */
public final class FreePort {
    private static final int FIRST = 15_000;
    private static final int END = 32_768;
    private static final int TRIES = 100;

    private FreePort() {}

    /** This many different ports on which nothing listens on the loopback address at this moment. */
    public static List<Integer> several(int count) throws IOException {
        Set<Integer> ports = new LinkedHashSet<>();
        while (ports.size() < count) {
            ports.add(any());
        }
        return List.copyOf(ports);
    }

    /** A port on which nothing listens on the loopback address at this moment. */
    public static int any() throws IOException {
        IOException last = new IOException();
        for (int i = 0; i < TRIES; i++) {
            int port = ThreadLocalRandom.current().nextInt(FIRST, END);
            try (ServerSocket free = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return free.getLocalPort();
            } catch (IOException taken) {
                last = taken;
            }
        }
        throw last;
    }
}
