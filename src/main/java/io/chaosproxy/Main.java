package io.chaosproxy;

import io.chaosproxy.cli.Program;

/** The program. */
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        System.exit(run(args));
    }

    private static int run(String[] args) {
        try {
            MissingLibrary.checkCommandLine();
        } catch (MissingLibrary e) {
            System.err.println(e.getMessage());
            return 1;
        }
        return Program.run(args);
    }
}
