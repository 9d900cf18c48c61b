package io.chaosproxy.kit;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The threads of this process, virtual ones included.
 *
 * <p>They come from the JDK's own list, which the build opens for tests. The thread dump of {@code HotSpotDiagnosticMXBean}
 * would need no such key, but it looks into the stacks, and that crashes JDK 25.0.3 if a virtual thread ends meanwhile.
 */
public final class Threads {
    private Threads() {}

    private static List<Thread> alive() {
        List<Thread> alive = new ArrayList<>();
        try {
            Object root = Class.forName("jdk.internal.vm.ThreadContainers")
                    .getMethod("root")
                    .invoke(null);
            Object threads = Class.forName("jdk.internal.vm.ThreadContainer")
                    .getMethod("threads")
                    .invoke(root);
            ((Stream<?>) threads)
                    .map(Thread.class::cast)
                    .filter(Thread::isAlive)
                    .forEach(alive::add);
            return alive;
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("the JDK has changed, or is not open: see argLine in pom.xml", e);
        }
    }

    /** Whether some thread is within this method of this class. */
    public static boolean isAnyWithin(Class<?> type, String method) {
        return alive().stream()
                .flatMap(thread -> Stream.of(thread.getStackTrace()))
                .anyMatch(frame -> frame.getClassName().equals(type.getName())
                        && frame.getMethodName().equals(method));
    }

    /** Those whose names begin like this, as {@code #31 shop #1 up}. */
    public static List<String> named(String beginning) {
        return alive().stream()
                .filter(thread -> thread.getName().startsWith(beginning))
                .map(thread -> "#" + thread.threadId() + " " + thread.getName())
                .toList();
    }

    /** Waits until there is no such thread. */
    public static void awaitNone(String beginning) throws InterruptedException {
        try {
            TestProxy.await("no thread", () -> named(beginning).isEmpty());
        } catch (AssertionError e) {
            throw new AssertionError("still there: " + named(beginning), e);
        }
    }
}
