package io.chaosproxy.cluster;

import io.chaosproxy.Main;
import io.chaosproxy.config.Address;
import io.chaosproxy.kit.Child;
import io.chaosproxy.kit.Jvm;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A replica in a process of its own, with one proxy {@code shop}. */
final class ReplicaProcess implements AutoCloseable {
    private static final Pattern LISTENS = Pattern.compile("shop +tcp +127\\.0\\.0\\.1:(\\d+) -> .*");

    private final Process process;
    private final Path file;
    private final Address shop;

    private ReplicaProcess(Process process, Path file, Address shop) {
        this.process = process;
        this.file = file;
        this.shop = shop;
    }

    /** Starts it; it listens when this returns. */
    static ReplicaProcess start(String redis, String name, int upstream, String more) throws IOException {
        Path file = Files.createTempFile("replica", ".conf");
        Files.writeString(file, """
            chaos-proxy {
              control.listen = "127.0.0.1:0"
              cluster { redis = "%s", replica = "%s" }
              proxies.shop { protocol = tcp, listen = "127.0.0.1:0", upstream = "127.0.0.1:%d" }
              %s
            }\
            """.formatted(redis, name, upstream, more));
        List<String> command = Jvm.withClassPath(List.of());
        command.addAll(List.of(Main.class.getName(), "run", file.toString()));
        Process process = Child.builder(command).redirectErrorStream(true).start();
        StringBuilder said = new StringBuilder();
        BufferedReader lines = process.inputReader(StandardCharsets.UTF_8);
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            said.append(line).append('\n');
            Matcher listens = LISTENS.matcher(line);
            if (listens.matches()) {
                return new ReplicaProcess(process, file, new Address("127.0.0.1", Integer.parseInt(listens.group(1))));
            }
        }
        throw new IOException("it ended: " + said);
    }

    Address shop() {
        return shop;
    }

    /** As {@code kill -9} does. */
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    @Override
    public void close() throws IOException {
        process.destroyForcibly();
        Files.delete(file);
    }
}
