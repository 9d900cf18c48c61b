package io.chaosproxy.bench.variant;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The Java that runs the benchmark, and so all that is written in it. */
public final class Jvm {
    /** Its folder. */
    public static final String HOME = System.getProperty("java.home");

    private Jvm() {}

    /** The command that runs a program of the benchmark's class path. */
    public static List<String> command(String mainClass, List<String> arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(HOME, "bin", "java").toString());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), mainClass));
        command.addAll(arguments);
        return command;
    }
}
