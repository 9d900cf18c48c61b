package cookbook;

import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A MariaDB of Debian's package mariadb-server-core, in a folder of its own. */
final class MariaDb {
    /** The shell becomes the server; a reader of a pipe, whose other end only this JVM has, kills it when this JVM is gone. */
    private static final String SCRIPT =
            "exec 3<&0; (cat <&3; kill -9 $$) >/dev/null 2>&1 & exec 3<&-; exec \"$@\" </dev/null";

    private static int running;

    private MariaDb() {}

    static int port() {
        if (running == 0) {
            running = start();
        }
        return running;
    }

    private static int start() {
        String program = Stream.of("/usr/sbin/mariadbd", "/usr/bin/mariadbd", "/usr/local/bin/mariadbd")
                .filter(each -> Files.isExecutable(Path.of(each)))
                .findFirst()
                .orElse("");
        if (program.isEmpty()) {
            assertNotEquals("true", System.getenv("CI"), "there is no mariadbd, which .ci/run should have installed");
            assumeTrue(false, "there is no mariadbd; Debian has it in mariadb-server-core");
        }
        try {
            Path folder = Files.createTempDirectory("mariadb");
            Path data = Files.createDirectories(folder.resolve("data"));
            Files.createDirectory(data.resolve("shop")); // a database
            int port = Servers.freePort();
            Path log = folder.resolve("log");
            Process server = new ProcessBuilder(Stream.concat(
                                    Stream.of("sh", "-c", SCRIPT, "sh"), options(program, folder, data, port).stream())
                            .toList())
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
            Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(server, folder)));
            awaitListening(server, port, log);
            return port;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Without tables of privileges, so that nothing has to be installed first and everybody is root. */
    private static List<String> options(String program, Path folder, Path data, int port) {
        return List.of(
                program,
                "--no-defaults",
                "--user=" + System.getProperty("user.name"),
                "--datadir=" + data,
                "--skip-grant-tables",
                "--bind-address=127.0.0.1",
                "--port=" + port,
                "--socket=" + folder.resolve("socket"),
                "--pid-file=" + folder.resolve("pid"),
                "--innodb-buffer-pool-size=16M",
                "--innodb-log-file-size=4M");
    }

    private static void awaitListening(Process server, int port, Path log) throws IOException {
        while (true) {
            try (Socket connected = new Socket("127.0.0.1", port)) {
                return;
            } catch (IOException notYet) {
                try {
                    if (server.waitFor(20, TimeUnit.MILLISECONDS)) {
                        throw new IOException("MariaDB has ended: " + Files.readString(log));
                    }
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new IOException(e);
                }
            }
        }
    }

    private static void delete(Process server, Path folder) {
        server.destroyForcibly();
        try {
            server.waitFor();
            try (Stream<Path> files = Files.walk(folder)) {
                files.sorted((a, b) -> b.compareTo(a)).map(Path::toFile).forEach(File::delete);
            }
        } catch (IOException | InterruptedException e) {
            return; // the folder is a temporary one
        }
    }
}
