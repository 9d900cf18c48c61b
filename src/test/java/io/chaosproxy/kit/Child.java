package io.chaosproxy.kit;

import java.util.ArrayList;
import java.util.List;

/** Processes that tests start: none of them outlives the JVM of the tests, however that ends. */
public final class Child {
    /**
     * The shell becomes the program, whose process number is then the shell's. Beside it waits a reader of the pipe whose other end
     * only this JVM has: the end of the pipe is the end of this JVM.
     */
    private static final String SCRIPT =
            "exec 3<&0; (cat <&3; kill -9 $$) >/dev/null 2>&1 & exec 3<&-; %s exec \"$@\" </dev/null";

    private Child() {}

    /** What starts a program that gets no input. */
    public static ProcessBuilder builder(List<String> command) {
        return builder("", command);
    }

    /** The same after commands of the shell, such as {@code ulimit -n 256;}. */
    public static ProcessBuilder builder(String before, List<String> command) {
        List<String> shell = new ArrayList<>(List.of("sh", "-c", SCRIPT.replace("%s", before), "sh"));
        shell.addAll(command);
        return new ProcessBuilder(shell);
    }
}
