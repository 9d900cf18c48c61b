package io.chaosproxy.cli;

import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Handlers for operating system signals. The JVM runs each on a new thread.
 *
 * <p>A shutdown hook would not do: while hooks run the JVM heeds no further signal, so a second Ctrl-C could not end a
 * shutdown that takes too long, and a process told to terminate would exit with 143. The JDK's only API for signals is
 * that of jdk.unsupported, of which javac warns whatever one does; hence the reflection.
 */
final class Signals {
    /** Exit code after Ctrl-C: 128 plus the signal number. */
    private static final int INTERRUPTED = 130;

    private Signals() {}

    /** Connects SIGINT, SIGTERM and SIGHUP to the shutdown signal; a second Ctrl-C exits at once. */
    static void ask(ShutdownSignal ending) {
        AtomicBoolean again = new AtomicBoolean();
        on("TERM", ending::ask);
        on("HUP", ending::hangup);
        on("INT", () -> {
            if (again.getAndSet(true)) {
                Runtime.getRuntime().halt(INTERRUPTED);
            }
            ending.ask();
        });
    }

    /** Replaces the handler of a signal; no effect on a system without the signal. */
    static void on(String name, Runnable action) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object handling = Proxy.newProxyInstance(
                    Signals.class.getClassLoader(), new Class<?>[] {handler}, (proxy, method, arguments) -> {
                        action.run();
                        return null;
                    });
            signal.getMethod("handle", signal, handler)
                    .invoke(null, signal.getConstructor(String.class).newInstance(name), handling);
        } catch (ReflectiveOperationException e) {
            // no jdk.unsupported, or no such signal: keep the default handler
        }
    }
}
