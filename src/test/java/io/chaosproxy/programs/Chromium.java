package io.chaosproxy.programs;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.chaosproxy.kit.Child;
import io.chaosproxy.kit.ClientProgram;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.kit.WebSocketMessages;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A Chromium without a window, driven by its DevTools protocol. It trusts what it is told to. */
final class Chromium implements AutoCloseable {
    private static final Pattern LISTENING = Pattern.compile("DevTools listening on ws://([0-9.]+:\\d+)/");
    private static final Pattern SOCKET = Pattern.compile("\"webSocketDebuggerUrl\": \"(ws://[^\"]*/page/[^\"]*)\"");
    private static final Pattern ERROR = Pattern.compile("\"errorText\":\"([^\"]*)\"");
    private static final Pattern VALUE = Pattern.compile("\"value\":\"([^\"]*)\"");

    private final Process process;
    private final Path output;
    private final HttpClient http = HttpClient.newHttpClient();
    private final WebSocketMessages answers = new WebSocketMessages(); // and events
    private final WebSocket page;
    private int calls;

    private Chromium(Process process, Path output) throws Exception {
        this.process = process;
        this.output = output;
        String devTools = find(LISTENING, "it listens", () -> Files.readString(output));
        String pages = "http://" + devTools + "/json/list";
        page = http.newWebSocketBuilder()
                .buildAsync(URI.create(find(SOCKET, "it has a page", () -> get(pages))), answers)
                .get(60, TimeUnit.SECONDS);
        call("Page.enable", "");
    }

    /** Starts one with settings of its own in an empty folder; the file has the authority to trust. */
    static Chromium start(Path folder, Path authority) throws Exception {
        Path trust = Files.createDirectories(folder.resolve(".pki/nssdb"));
        certutil(folder, trust, "-N", "--empty-password");
        certutil(folder, trust, "-A", "-t", "C,,", "-n", "test", "-i", authority.toString());
        Path output = folder.resolve("output");
        ProcessBuilder builder = Child.builder(List.of(
                        "chromium",
                        "--headless=new",
                        "--no-sandbox", // CI is root
                        "--disable-gpu",
                        "--disable-dev-shm-usage",
                        "--no-proxy-server",
                        "--no-first-run",
                        "--remote-debugging-port=0",
                        "--user-data-dir=" + folder.resolve("data"),
                        "about:blank"))
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment().put("HOME", folder.toString());
        Process process = builder.start();
        try {
            return new Chromium(process, output);
        } catch (Exception | AssertionError e) {
            end(process);
            throw e;
        }
    }

    private static void end(Process process) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly().onExit().join();
    }

    private static void certutil(Path folder, Path trust, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("certutil", "-d", "sql:" + trust));
        command.addAll(List.of(arguments));
        ClientProgram done = ClientProgram.run(folder, Map.of(), command.toArray(String[]::new));
        assertEquals(0, done.exit(), done.output());
    }

    private interface Text {
        String get() throws Exception;
    }

    private static String find(Pattern pattern, String what, Text text) throws InterruptedException {
        String[] found = new String[1];
        TestProxy.await(what, () -> {
            try {
                Matcher matcher = pattern.matcher(text.get());
                if (matcher.find()) {
                    found[0] = matcher.group(1);
                }
                return found[0] != null;
            } catch (Exception e) {
                return false; // not yet
            }
        });
        return found[0];
    }

    private String get(String url) throws IOException, InterruptedException {
        return http.send(HttpRequest.newBuilder(URI.create(url)).build(), BodyHandlers.ofString())
                .body();
    }

    private String call(String method, String params) throws Exception {
        int id = ++calls;
        page.sendText("{\"id\":" + id + ",\"method\":\"" + method + "\",\"params\":{" + params + "}}", true)
                .get(60, TimeUnit.SECONDS);
        while (true) {
            String answer = answers.next();
            if (answer == null) {
                throw new AssertionError("no answer to " + method + ": " + Files.readString(output));
            }
            if (answer.startsWith("{\"id\":" + id + ",")) {
                return answer;
            }
        }
    }

    /** The text of a page, or the name of the error that the browser shows in its place. */
    String open(String url) throws Exception {
        Matcher error = ERROR.matcher(call("Page.navigate", "\"url\":\"" + url + "\""));
        if (error.find()) {
            return error.group(1);
        }
        String text = "document.readyState === 'complete' ? document.body.innerText : ''";
        return find(VALUE, "the page is there", () -> {
            String answer = call("Runtime.evaluate", "\"expression\":\"" + text + "\"");
            return answer.contains("\"value\":\"\"") ? "" : answer;
        });
    }

    @Override
    public void close() {
        page.abort();
        http.close();
        end(process);
    }
}
