package io.chaosproxy;

import io.chaosproxy.cli.Program;

/** The program. */
public final class Main {
    private Main() {}

    /**
     * Runs the command line and exits with its code.
     *
     * @param args arguments of the command line
     */
    public static void main(String[] args) {
        leaveRoom();
        int code = run(args);
        // A brief command leaves no threads that keep Java alive, and an exit begins with a search of all jars for a
        // logger.
        if (code != 0 || !Program.isBrief(args)) {
            System.exit(code);
        }
    }

    /**
     * Leaves half of the processors to the programs on both sides, unless Java was told otherwise. More carriers than are
     * busy don't stand by for free: each message wakes one that finds nothing to do and falls asleep again, which made small
     * exchanges a quarter dearer on two cores. To be called before the first virtual thread.
     */
    private static void leaveRoom() {
        String parallelism = "jdk.virtualThreadScheduler.parallelism";
        if (System.getProperty(parallelism) == null) {
            int half = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
            System.setProperty(parallelism, Integer.toString(half));
        }
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
