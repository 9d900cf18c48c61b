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
    private static final Pattern LISTENS = Pattern.compile("shop +(?:tcp|http) +127\\.0\\.0\\.1:(\\d+) -> .*");
    private static final Pattern CONTROL = Pattern.compile("control +127\\.0\\.0\\.1:(\\d+)");

    private final Process process;
    private final Path file;
    private final BufferedReader lines;
    private final Address shop;

    private ReplicaProcess(Process process, Path file, BufferedReader lines) throws IOException {
        this.process = process;
        this.file = file;
        this.lines = lines;
        this.shop = read(LISTENS);
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
        return new ReplicaProcess(process, file, process.inputReader(StandardCharsets.UTF_8));
    }

    /** The address in the next line of this kind. */
    private Address read(Pattern kind) throws IOException {
        StringBuilder said = new StringBuilder();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            said.append(line).append('\n');
            Matcher address = kind.matcher(line);
            if (address.matches()) {
                return new Address("127.0.0.1", Integer.parseInt(address.group(1)));
            }
        }
        throw new IOException("it ended: " + said);
    }

    /** The control port, to be asked for once; it listens when this returns. */
    Address control() throws IOException {
        return read(CONTROL);
    }

    Address shop() {
        return shop;
    }

    /** As {@code kill} does, and the kubelet. */
    void terminate() {
        process.toHandle().destroy(); // and leaves the output open
    }

    /** The exit code; waits for it. */
    int exitCode() throws InterruptedException {
        return process.waitFor();
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
