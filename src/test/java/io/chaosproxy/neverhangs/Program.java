package io.chaosproxy.neverhangs;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.chaosproxy.Main;
import io.chaosproxy.kit.Child;
import io.chaosproxy.kit.Jvm;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The whole program, {@code chaos-proxy run}, in a process of its own that may have so many files open. */
final class Program implements AutoCloseable {
    private static final Pattern CONTROL = Pattern.compile("^control +(\\S+)$", Pattern.MULTILINE);

    private final Path folder;
    private final int openFiles;
    private final Process process;
    private final URI control;

    private Program(Path folder, int openFiles, Process process) throws InterruptedException {
        this.folder = folder;
        this.openFiles = openFiles;
        this.process = process;
        awaitControl();
        Matcher line = CONTROL.matcher(said());
        if (!line.find()) {
            process.destroyForcibly();
            throw new AssertionError("no control port: " + said());
        }
        this.control = URI.create("http://" + line.group(1));
    }

    /** A JVM needs its time on a busy machine. */
    private void awaitControl() throws InterruptedException {
        long end = System.nanoTime() + 60_000_000_000L;
        while (!CONTROL.matcher(said()).find() && process.isAlive() && System.nanoTime() < end) {
            Thread.sleep(10);
        }
    }

    /** Starts it with proxies in the words of the configuration file, and a control plane on a free port. */
    static Program run(int openFiles, String proxies, String... jvmOptions) throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory("program");
        Path file = Files.writeString(
                folder.resolve("chaos-proxy.conf"),
                "chaos-proxy { seed = 1, control.listen = \"127.0.0.1:0\", proxies { " + proxies + " } }");
        List<String> command = Jvm.withClassPath(List.of(jvmOptions));
        command.addAll(List.of(Main.class.getName(), "run", file.toString()));
        Process process = Child.builder("ulimit -n " + openFiles + ";", command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("said").toFile())
                .start();
        try {
            return new Program(folder, openFiles, process);
        } catch (InterruptedException | RuntimeException | Error e) {
            process.destroyForcibly();
            throw e;
        }
    }

    /** How many more files it could open (proc_pid_fd(5)). */
    int freeFiles() throws IOException {
        try (Stream<Path> open = Files.list(Path.of("/proc/" + process.pid() + "/fd"))) {
            return openFiles - (int) open.count();
        }
    }

    /** Everything that it printed and logged up to now. */
    String said() {
        try {
            return Files.readString(folder.resolve("said"), UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    URI control() {
        return control;
    }

    InetSocketAddress controlAddress() {
        return new InetSocketAddress(control.getHost(), control.getPort());
    }

    @Override
    public String toString() {
        return "process " + process.pid();
    }

    @Override
    public void close() throws IOException {
        process.destroyForcibly().onExit().join();
        Files.delete(folder.resolve("said"));
        Files.delete(folder.resolve("chaos-proxy.conf"));
        Files.delete(folder);
    }
}
