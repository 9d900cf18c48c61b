package io.chaosproxy.bench.origin;

import io.chaosproxy.bench.variant.Jvm;
import io.chaosproxy.bench.variant.ProcessTree;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** An {@link Origin} in a process of its own, so that its processor time can be told apart. */
public final class OriginProcess implements AutoCloseable {
    private final Process process;
    private final int port;

    private OriginProcess(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /** Starts one; it listens when this returns. */
    public static OriginProcess start() throws IOException {
        Process process = new ProcessBuilder(Jvm.command(Origin.class.getName(), List.of()))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        BufferedReader printed = process.inputReader(StandardCharsets.UTF_8);
        String port = printed.readLine();
        if (port == null) {
            throw new IOException("the origin didn't start");
        }
        return new OriginProcess(process, Integer.parseInt(port));
    }

    /** Where it listens on the loopback address. */
    public int port() {
        return port;
    }

    public ProcessTree processes() {
        return new ProcessTree(process.toHandle());
    }

    @Override
    public void close() throws IOException {
        process.getOutputStream().close();
        process.destroy();
    }
}
