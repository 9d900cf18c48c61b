package io.chaosproxy.relay;

import io.chaosproxy.config.Options;
import io.chaosproxy.config.ProxySpec;
import java.lang.System.Logger.Level;

/** The settings of a proxy, as its keys, certificates and credentials follow them. */
interface ProxySettings {
    String name();

    /** Its settings at this moment; their plan does not count. */
    ProxySpec settings();

    /** Logs if the proxy logs as much as this. */
    void log(Options.Log least, Level level, String message);
}
