package io.chaosproxy.kit;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.HotSpotDiagnosticMXBean.ThreadDumpFormat;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The threads of this process, virtual ones included. */
public final class Threads {
    private Threads() {}

    /** The lines of a thread dump that name a thread whose name begins like this: {@code #31 "shop #1 up" virtual}. */
    public static List<String> named(String beginning) {
        try {
            Path directory = Files.createTempDirectory("threads");
            Path dump = directory.resolve("dump");
            try {
                ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
                        .dumpThreads(dump.toString(), ThreadDumpFormat.TEXT_PLAIN);
                return Files.readAllLines(dump).stream()
                        .filter(line -> line.startsWith("#") && line.contains(" \"" + beginning))
                        .toList();
            } finally {
                Files.deleteIfExists(dump);
                Files.delete(directory);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
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
