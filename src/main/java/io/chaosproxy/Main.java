package io.chaosproxy;

import io.chaosproxy.cli.Program;

/** The program. */
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        System.exit(Program.run(args));
    }
}
