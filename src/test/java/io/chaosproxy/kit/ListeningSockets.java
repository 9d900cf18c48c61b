package io.chaosproxy.kit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A loopback address of its own, so that the sockets that listen there can be counted, those without an owner included. It
 * reads the kernel's tables: Linux only.
 */
public final class ListeningSockets {
    private static final String LISTEN = "0A";

    private final String host;
    private final String suffix; // of the address in the tables: the bytes of IPv4 in the order of the machine

    private ListeningSockets(int b, int c, int d) {
        host = "127." + b + "." + c + "." + d;
        suffix = String.format("%02X%02X%02X%02X", d, c, b, 127);
    }

    /** At an address by chance: other tests may run beside this one. */
    public static ListeningSockets somewhere() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        return new ListeningSockets(random.nextInt(1, 255), random.nextInt(1, 255), random.nextInt(1, 255));
    }

    public static boolean canBeCounted() {
        return Files.isReadable(Path.of("/proc/self/net/tcp"));
    }

    /** Where to listen. */
    public String host() {
        return host;
    }

    /** How many sockets listen there now. */
    public long count() throws IOException {
        return count("tcp") + count("tcp6");
    }

    private long count(String table) throws IOException {
        Path file = Path.of("/proc/self/net", table);
        if (!Files.exists(file)) {
            return 0;
        }
        return Files.readAllLines(file).stream().filter(this::isOurs).count();
    }

    /** Columns: number, local address and port in hexadecimal, remote one, state. */
    private boolean isOurs(String line) {
        String[] columns = line.strip().split("\\s+");
        return columns.length > 3 && columns[1].split(":")[0].endsWith(suffix) && columns[3].equals(LISTEN);
    }
}
