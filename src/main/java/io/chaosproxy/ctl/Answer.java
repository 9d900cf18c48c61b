package io.chaosproxy.ctl;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigSyntax;
import java.util.List;

/**
 * What the server said, as it came.
 *
 * @param type of the body, without parameters; empty if it has none
 */
record Answer(int status, String type, String body) {
    private static final String JSON = "application/json";
    private static final String PROBLEM = "application/problem+json";

    boolean isSuccess() {
        return status / 100 == 2;
    }

    /** Whether it is what a chaos-proxy may say here. */
    boolean isOurs() {
        return body.isEmpty() ? status == 204 : type.equals(isSuccess() ? JSON : PROBLEM) && isObject();
    }

    private boolean isObject() {
        try {
            return json().root() != null;
        } catch (ConfigException e) {
            return false;
        }
    }

    /**
     * The body as an object; an empty one if there is no body.
     *
     * @throws ConfigException if it is something else
     */
    Config json() {
        String text = body.isEmpty() ? "{}" : body;
        return ConfigFactory.parseString(text, ConfigParseOptions.defaults().setSyntax(ConfigSyntax.JSON));
    }

    /** What a problem is about: its detail. */
    String detail() {
        return json().getString("detail");
    }

    /** What is wrong, field by field: path and message, in a line each. */
    List<String> errors() {
        Config problem = json();
        return problem.hasPath("errors")
                ? problem.getObjectList("errors").stream().map(Answer::error).toList()
                : List.of();
    }

    private static String error(ConfigObject error) {
        String path = error.toConfig().getString("path");
        return (path.isEmpty() ? "" : path + ": ") + error.toConfig().getString("message");
    }
}
