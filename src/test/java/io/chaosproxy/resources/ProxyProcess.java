package io.chaosproxy.resources;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.chaosproxy.fault.Protocol;
import io.chaosproxy.kit.Jvm;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A proxy without faults in a JVM of its own, under limits of its own. */
final class ProxyProcess implements AutoCloseable {
    private final Process process;
    private final Path folder;
    private final BufferedReader answers;
    private final PrintStream questions;
    private final InetSocketAddress address;

    private ProxyProcess(Process process, Path folder) throws IOException {
        this.process = process;
        this.folder = folder;
        this.answers = process.inputReader(UTF_8);
        this.questions = new PrintStream(process.getOutputStream(), true, UTF_8);
        this.address = new InetSocketAddress("127.0.0.1", (int) number());
    }

    /** Starts one with the limit on open files that this process has. */
    static ProxyProcess start(Protocol protocol, int upstreamPort, String... jvmOptions) throws IOException {
        return start("exec", protocol, upstreamPort, jvmOptions);
    }

    /** Starts one that may have so many files open, those of the JVM itself included. */
    static ProxyProcess startWithOpenFiles(int limit, Protocol protocol, int upstreamPort) throws IOException {
        return start("ulimit -n " + limit + "; exec", protocol, upstreamPort);
    }

    private static ProxyProcess start(String shell, Protocol protocol, int upstreamPort, String... jvmOptions)
            throws IOException {
        Path folder = Files.createTempDirectory("proxy-process");
        List<String> command = new ArrayList<>(List.of("sh", "-c", shell + " \"$@\"", "sh"));
        command.addAll(Jvm.command(List.of(jvmOptions)));
        command.add("-XX:+ExitOnOutOfMemoryError"); // whoever waits for it sees that it has gone
        command.addAll(List.of("-cp", Jvm.ownClasses(), ProxyMain.class.getName()));
        command.addAll(List.of(protocol.name(), Integer.toString(upstreamPort)));
        Process process = new ProcessBuilder(command)
                .redirectError(folder.resolve("log").toFile())
                .start(); // ends with its input, and so with this process
        try {
            return new ProxyProcess(process, folder);
        } catch (IOException | RuntimeException | Error e) {
            process.destroyForcibly();
            throw e;
        }
    }

    /** Where the proxy listens. */
    InetSocketAddress address() {
        return address;
    }

    /** How many connections the proxy has open. */
    long connections() throws IOException {
        return ask("connections");
    }

    /** Another part of the program opens all files that it still can, and keeps them; returns how many. */
    long exhaust() throws IOException {
        return ask("exhaust");
    }

    /** Puts rules in force: {@code delay} or {@code slice and delay}, all bytes by ten minutes. */
    void rules(String which) throws IOException {
        ask(which);
    }

    /** Bytes of its heap that are in use after a garbage collection. */
    long heap() throws IOException {
        return ask("heap");
    }

    /** Bytes of its heap that it has allocated since it began. */
    long allocated() throws IOException {
        return ask("allocated");
    }

    /** Begins to sample what it allocates. */
    void sampleAllocations() throws IOException {
        ask("sample allocations");
    }

    /** Per mille of the samples that aren't of the JDK's scheduling of virtual threads. */
    long allocationsOfProgram() throws IOException {
        return ask("allocations of the program");
    }

    /** Bytes of memory that it occupies now. */
    long resident() throws IOException {
        return status("VmRSS");
    }

    /** The most bytes of memory that it ever occupied. */
    long mostResident() throws IOException {
        return status("VmHWM");
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** What it logged up to now. */
    List<String> log() throws IOException {
        return Files.readAllLines(folder.resolve("log"));
    }

    private long ask(String what) throws IOException {
        questions.println(what);
        return number();
    }

    private long number() throws IOException {
        String line = answers.readLine();
        if (line == null) {
            throw new IOException("the process ended: " + log());
        }
        return Long.parseLong(line);
    }

    /** A line of proc_pid_status(5), which counts in units of 1024 bytes. */
    private long status(String key) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/" + process.pid() + "/status"))) {
            if (line.startsWith(key + ":")) {
                return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
            }
        }
        throw new IOException("no " + key);
    }

    @Override
    public void close() throws IOException {
        process.destroyForcibly().onExit().join();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }
}
