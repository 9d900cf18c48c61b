package io.chaosproxy.cli;

import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What is done on a signal of the operating system, on a thread that the JVM starts for it.
 *
 * <p>A shutdown hook would not do: while hooks run the JVM heeds no further signal, so a second Ctrl-C could not end a
 * shutdown that takes too long, and a process told to terminate would exit with 143. The JDK's only API for signals is
 * that of jdk.unsupported, of which javac warns whatever one does; hence the reflection.
 */
final class Signals {
    /** What a process that Ctrl-C ends exits with: 128 and the number of the signal. */
    private static final int INTERRUPTED = 130;

    private Signals() {}

    /** Lets Ctrl-C and a request to terminate ask for the end, and a hang-up what the command says; a second Ctrl-C ends. */
    static void ask(Ending ending) {
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

    /** What the signal did until now, such as ending the process, it does no more; where there is no such signal, nothing. */
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
            // a JVM without jdk.unsupported, or a system without this signal: it does what it always does
        }
    }
}
