package io.chaosproxy.tls;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.chaosproxy.kit.ClientProgram;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A run of the program {@code openssl}, whose output, both kinds of it, is kept. */
public final class Openssl implements AutoCloseable {
    private final Process process;
    private final ByteArrayOutputStream output = new ByteArrayOutputStream(); // thread-safe
    private final Thread reader;

    private Openssl(Process process) {
        this.process = process;
        this.reader = Thread.ofVirtual().start(this::read);
    }

    /** Skips the test where the program is missing, but not in CI. */
    public static void assumePresent() {
        ClientProgram.assumePresent("openssl");
    }

    public static Openssl start(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("openssl"));
        command.addAll(List.of(arguments));
        return new Openssl(new ProcessBuilder(command).redirectErrorStream(true).start());
    }

    private void read() {
        byte[] buffer = new byte[8192];
        try {
            int count;
            while ((count = process.getInputStream().read(buffer)) >= 0) {
                output.write(buffer, 0, count);
            }
        } catch (IOException e) {
            // it was ended
        }
    }

    /** Types text, such as a command letter at the beginning of a line. */
    public Openssl type(String text) throws IOException {
        process.getOutputStream().write(text.getBytes(ISO_8859_1));
        process.getOutputStream().flush();
        return this;
    }

    /** Ends its input. */
    public Openssl endInput() throws IOException {
        process.getOutputStream().close();
        return this;
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    public String output() {
        return output.toString(ISO_8859_1);
    }

    /** Waits until it has ended by itself, and until everything it said is known. */
    public int exit() throws InterruptedException {
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            throw new AssertionError("still running: " + output());
        }
        reader.join();
        return process.exitValue();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
