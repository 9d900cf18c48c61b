package io.chaosproxy.ctl;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigSyntax;

/** Format of the output of {@code ctl}, as spelled on the command line. */
enum OutputFormat {
    /** Rows with headings, no wider than the terminal. */
    table,
    /** Rows with headings, of any width. */
    wide,
    /** The response of the server as it is. */
    json,
    /** The response of the server as YAML. */
    yaml;

    boolean isTable() {
        return this == table || this == wide;
    }

    /** A response in one of the formats that are no tables. */
    String of(String response) {
        return this == yaml
                ? Yaml.of(ConfigFactory.parseString(
                                response, ConfigParseOptions.defaults().setSyntax(ConfigSyntax.JSON))
                        .root())
                : response;
    }
}
