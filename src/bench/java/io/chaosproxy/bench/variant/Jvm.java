package io.chaosproxy.bench.variant;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The Java that runs the benchmark, and so all that is written in it. */
public final class Jvm {
    /** Its folder. */
    public static final String HOME = System.getProperty("java.home");

    private Jvm() {}

    /** What stands behind the name of a library's file on the class path. */
    static String jarVersion(String artifact) {
        for (String entry : System.getProperty("java.class.path").split(":")) {
            String file = Path.of(entry).getFileName().toString();
            if (file.matches(artifact + "-\\d.*\\.jar")) {
                return file.substring(artifact.length() + 1, file.length() - ".jar".length());
            }
        }
        return "of an unknown version";
    }

    /** The command that runs a program of the benchmark's class path. */
    public static List<String> command(String mainClass, List<String> arguments) {
        return command(List.of(), mainClass, arguments);
    }

    /** As {@link #command(String, List)}, with options of the JVM. */
    static List<String> command(List<String> options, String mainClass, List<String> arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(HOME, "bin", "java").toString());
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), mainClass));
        command.addAll(arguments);
        return command;
    }
}
