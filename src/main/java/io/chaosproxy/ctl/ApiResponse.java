package io.chaosproxy.ctl;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigSyntax;
import java.util.List;

/**
 * Response of the control API.
 *
 * @param type media type without parameters; empty if absent
 */
record ApiResponse(int status, String type, String body) {
    private static final String JSON = "application/json";
    private static final String PROBLEM = "application/problem+json";

    boolean isSuccess() {
        return status / 100 == 2;
    }

    /** True if the response has a form that the control API of chaos-proxy uses. */
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
     * Body as an object; empty object if there is no body.
     *
     * @throws ConfigException if the body is not a JSON object
     */
    Config json() {
        String text = body.isEmpty() ? "{}" : body;
        return ConfigFactory.parseString(text, ConfigParseOptions.defaults().setSyntax(ConfigSyntax.JSON));
    }

    /** The {@code detail} of a problem. */
    String detail() {
        return json().getString("detail");
    }

    /** Field errors of a problem, as lines of path and message. */
    List<String> errors() {
        Config problem = json();
        return problem.hasPath("errors")
                ? problem.getObjectList("errors").stream()
                        .map(ApiResponse::error)
                        .toList()
                : List.of();
    }

    private static String error(ConfigObject error) {
        String path = error.toConfig().getString("path");
        return (path.isEmpty() ? "" : path + ": ") + error.toConfig().getString("message");
    }
}
