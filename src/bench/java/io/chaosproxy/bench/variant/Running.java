package io.chaosproxy.bench.variant;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A proxy that was started, with the processes that belong to it. Closing it ends them. */
public final class Running implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration GRACE = Duration.ofSeconds(3);

    private final String name;
    private final int port;
    private final int control;
    private final @Nullable Process process;
    private final Path log;
    private final Preparation preparation;
    private final Thread onExit;

    /** What is left to do once it listens. */
    @FunctionalInterface
    interface Preparation {
        void prepare() throws IOException;
    }

    private Running(String name, int port, int control, @Nullable Process process, Path log, Preparation preparation) {
        this.name = name;
        this.port = port;
        this.control = control;
        this.process = process;
        this.log = log;
        this.preparation = preparation;
        this.onExit = new Thread(this::kill, name + " exit");
        Runtime.getRuntime().addShutdownHook(onExit); // an interrupted benchmark leaves nothing behind
    }

    /** Something that runs anyway and isn't measured itself. */
    static Running anyway(String name, int port) {
        return new Running(name, port, 0, null, Path.of(""), () -> {});
    }

    static Running start(String name, Site site, List<String> command) throws IOException {
        return start(name, site, new ProcessBuilder(command), () -> {});
    }

    static Running start(String name, Site site, ProcessBuilder command, Preparation preparation) throws IOException {
        Files.createDirectories(site.folder());
        Path log = site.folder().resolve(name + ".log");
        command.redirectErrorStream(true).redirectOutput(log.toFile());
        return new Running(name, site.port(), site.control(), command.start(), log, preparation);
    }

    /** Where it listens on the loopback address. */
    public InetSocketAddress address() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    /** Where its control API listens, if it has one. */
    public InetSocketAddress controlAddress() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), control);
    }

    /** The process and those that it started; empty if it isn't measured. */
    public Optional<ProcessTree> processes() {
        return Optional.ofNullable(process).map(started -> new ProcessTree(started.toHandle()));
    }

    /** Whether it hasn't ended. */
    public boolean isAlive() {
        return process == null || process.isAlive();
    }

    /** What it printed up to now. */
    public String log() throws IOException {
        return Files.isRegularFile(log) ? Files.readString(log).strip() : "";
    }

    /** Waits until it accepts connections, and does what is left to be done then. */
    public Running awaitReady() throws IOException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!listens()) {
            if (!isAlive() || System.nanoTime() > deadline) {
                throw new IOException(name + " doesn't listen: " + log());
            }
            pause();
        }
        preparation.prepare();
        return this;
    }

    private boolean listens() {
        try (Socket probe = new Socket()) {
            probe.connect(address());
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(20);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private void kill() {
        if (process != null) {
            process.destroyForcibly();
        }
    }

    @Override
    public void close() {
        Runtime.getRuntime().removeShutdownHook(onExit);
        if (process == null) {
            return;
        }
        process.destroy();
        try {
            if (!process.waitFor(GRACE.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            kill();
            Thread.currentThread().interrupt();
        }
    }
}
