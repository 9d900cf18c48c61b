package io.chaosproxy.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * Ends the process when the heap is exhausted: one line, and the exit code that {@code -XX:+ExitOnOutOfMemoryError} gives.
 * Otherwise the thread that happened to ask for memory would end, such as one that accepts connections, and the sockets
 * would stay. Handler of uncaught exceptions of the program; a service that embeds the library has its own.
 */
final class HeapExhausted implements Thread.UncaughtExceptionHandler {
    /** Exit code of {@code -XX:+ExitOnOutOfMemoryError}. */
    static final int EXIT_CODE = 3;

    /** Allocated in advance, because the heap is exhausted when it is needed. */
    private static final byte[] LINE =
            "chaos-proxy: out of memory, ends; a larger heap: JAVA_OPTS=-Xmx512m\n".getBytes(StandardCharsets.US_ASCII);

    private static final FileOutputStream ERR = new FileOutputStream(FileDescriptor.err);

    private HeapExhausted() {}

    static void install() {
        Thread.setDefaultUncaughtExceptionHandler(new HeapExhausted());
    }

    @Override
    public void uncaughtException(Thread thread, Throwable failure) {
        if (failure instanceof OutOfMemoryError) {
            try {
                ERR.write(LINE);
            } catch (IOException e) {
                // the exit code still reports it
            } finally {
                Runtime.getRuntime().halt(EXIT_CODE); // an exit would run hooks, which need memory
            }
        }
        System.err.print("Exception in thread \"" + thread.getName() + "\" ");
        failure.printStackTrace();
    }
}
