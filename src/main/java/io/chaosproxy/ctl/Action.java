package io.chaosproxy.ctl;

import com.typesafe.config.ConfigException;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.ExitCode;

/** What one command does. */
interface Action extends Callable<Integer> {
    /**
     * Does it.
     *
     * @throws IOException whose message is all that the user has to know
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
