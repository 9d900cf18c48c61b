package io.chaosproxy.control.api;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigValueFactory;
import io.chaosproxy.config.ConfigReference;
import io.chaosproxy.control.web.Json;
import io.chaosproxy.control.web.Route;
import io.helidon.http.Status;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * The description of the native API as an OpenAPI 3.1 document: {@code openapi.conf}, which a test compares with the routes, and
 * the generated schemas of the faults.
 */
final class OpenApi {
    /** The document is made for each request: few ask for it, and every start would take a tenth longer. */
    List<Route> routes() {
        return List.of(Route.get(
                "/api/v1/openapi.json", (request, response) -> Json.send(response, Status.OK_200, document())));
    }

    static Map<String, Object> document() {
        try (InputStream in = OpenApi.class.getResourceAsStream("openapi.conf")) {
            if (in == null) {
                throw new IllegalStateException("openapi.conf is missing from this build");
            }
            Config parsed = ConfigFactory.parseReader(new InputStreamReader(in, StandardCharsets.UTF_8));
            Config generated =
                    ConfigValueFactory.fromMap(ConfigReference.jsonSchemas()).atPath("document.components.schemas");
            return parsed.withFallback(generated)
                    .resolve()
                    .getObject("document")
                    .unwrapped();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
