package io.chaosproxy.ctl;

import com.typesafe.config.ConfigException;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.ExitCode;

/** Body of a {@code ctl} command. */
interface Action extends Callable<Integer> {
    /**
     * Runs the command.
     *
     * @throws IOException with a complete message for the user
     */
    void act() throws IOException, InterruptedException;

    @Override
    default Integer call() throws IOException, InterruptedException {
        try {
            act();
            return ExitCode.OK;
        } catch (ConfigException e) {
            throw new IOException("the answer isn't one of this version of chaos-proxy: " + e.getMessage(), e);
        }
    }
}
