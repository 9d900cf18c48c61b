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
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The description of the native API as an OpenAPI 3.1 document: {@code openapi.conf}, which a test compares with the routes, and
 * the generated schemas of the faults.
 */
final class OpenApi {
    private static final String SCHEMAS = "#/components/schemas/";

    /** The document is made for each request: few ask for it, and it would take a quarter of the time of each start. */
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
            Map<String, Object> schemas = new LinkedHashMap<>(ConfigReference.jsonSchemas());
            schemas.putAll(rules(ConfigReference.types()));
            Config generated = ConfigValueFactory.fromMap(schemas).atPath("document.components.schemas");
            return parsed.withFallback(generated)
                    .resolve()
                    .getObject("document")
                    .unwrapped();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@code Rule}, one of all types: the schema of each, such as {@code LatencyRule}, is that of its fault with what an answer adds. */
    private static Map<String, Object> rules(List<ConfigReference.FaultType> types) {
        Map<String, Object> schemas = new LinkedHashMap<>();
        Map<String, Object> mapping = new LinkedHashMap<>();
        List<Map<String, String>> all = new ArrayList<>();
        for (ConfigReference.FaultType type : types) {
            String fault = ConfigReference.schemaName(type.name());
            String rule = fault + "Rule";
            schemas.put(
                    rule,
                    Map.of(
                            "description",
                            "A rule with this fault",
                            "allOf",
                            List.of(Map.of("$ref", SCHEMAS + fault), Map.of("$ref", SCHEMAS + "RuleState"))));
            mapping.put(type.name(), SCHEMAS + rule);
            all.add(Map.of("$ref", SCHEMAS + rule));
        }
        schemas.put(
                "Rule",
                Map.of(
                        "description",
                        "The fields of the configuration file, with the rule's name and hits",
                        "oneOf",
                        all,
                        "discriminator",
                        Map.of("propertyName", "type", "mapping", mapping)));
        return schemas;
    }
}
