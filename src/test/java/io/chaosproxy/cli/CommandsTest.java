package io.chaosproxy.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.ConfigFactory;
import io.chaosproxy.config.Address;
import io.chaosproxy.config.ChaosConfig;
import io.chaosproxy.config.ConfigReader;
import io.chaosproxy.config.ConfigReference;
import io.chaosproxy.config.ForwardAccess;
import io.chaosproxy.config.Intercept;
import io.chaosproxy.config.InvalidConfigException;
import io.chaosproxy.config.ListenerTls;
import io.chaosproxy.config.Options;
import io.chaosproxy.config.ProxyProtocol;
import io.chaosproxy.config.ProxySpec;
import io.chaosproxy.config.TargetPattern;
import io.chaosproxy.config.UpstreamTls;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Network;
import io.chaosproxy.fault.Outage;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Rate;
import io.chaosproxy.fault.Reset;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.kit.FreePort;
import io.chaosproxy.server.RunningServer;
import io.chaosproxy.text.PlainText;
import io.chaosproxy.tls.AuthorityFiles;
import io.chaosproxy.tls.CertificateAuthority;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** The commands in this process; those that stay are told to end before they begin. */
class CommandsTest {
    @TempDir
    private Path folder;

    private record Ended(int code, String out, String err) {}

    @Test
    void withoutACommandItSaysWhatThereIs() {
        Ended ended = run();

        assertEquals(2, ended.code);
        assertTrue(ended.err.startsWith("Usage: chaos-proxy "), ended.err);
        for (String command :
                List.of("run", "check", "http", "tcp", "auto", "forward", "demo", "ca", "ctl", "completion")) {
            assertTrue(ended.err.contains("\n  " + command + " "), command);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "run",
                "check",
                "http",
                "tcp",
                "auto",
                "forward",
                "demo",
                "ca",
                "help",
                "ctl",
                "ctl list",
                "ctl inspect",
                "ctl add",
                "ctl replace",
                "ctl remove",
                "ctl toggle",
                "ctl clear",
                "ctl sever",
                "ctl connections",
                "ctl journal",
                "ctl watch",
                "ctl profile",
                "ctl faults",
                "completion",
                "ctl reload",
                "ctl reset"
            })
    void everyCommandHasHelpWithAnExample(String command) {
        Ended ended = run((command + " --help").split(" ", -1));

        assertEquals(0, ended.code);
        assertEquals("", ended.err);
        assertTrue(ended.out.contains("Usage: chaos-proxy " + command), ended.out);
        assertTrue(ended.out.matches("(?s).*\n  chaos-proxy " + command + "\\b.*"), ended.out);
    }

    @Test
    void completionIsAScript() {
        Ended ended = run("completion");

        assertEquals(0, ended.code);
        assertTrue(ended.out.startsWith("#!"), ended.out);
        assertTrue(ended.out.contains("\n    slice) echo \"size= variation= delay=\" ;;\n"), ended.out);
    }

    @Test
    void version() {
        Ended ended = run("--version");

        assertEquals(0, ended.code);
        assertTrue(ended.out.matches("chaos-proxy \\d+\\.\\d+\\.\\d+\\S*\\RJava \\d+.*\\R"), ended.out);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        http --listen :1 --upstream wss://shop.test --latency 5   | chaos-proxy tcp --listen :1 --upstream shop.test:443 --latency 5
        http --upstream=wss://shop.test:8443/x --listen=:1        | chaos-proxy tcp --upstream=shop.test:8443 --listen=:1
        http --listen :1 --upstream tls://db.test:5432            | chaos-proxy tcp --listen :1 --upstream tls://db.test:5432
        http --listen :1 --upstream postgres://u@db               | chaos-proxy tcp --listen :1 --upstream db:5432
        tcp --listen :1 --upstream http://web/                    | chaos-proxy http --listen :1 --upstream http://web
        tcp --listen :1 --upstream https://[::1]:9 --seed 7       | chaos-proxy http --listen :1 --upstream 'https://[::1]:9' --seed 7
        """)
    void namesTheCommandThatWorks(String typed, String works) {
        Ended ended = run(typed.split(" ", -1));

        assertEquals(2, ended.code);
        assertTrue(ended.err.contains("; use: " + works + System.lineSeparator()), ended.err);
    }

    /** What was typed or read is shown again, but a terminal gets no orders from it. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "ctl list --url X",
                "ctl remove --url http://X:1 shop",
                "ctl X",
                "X",
                "--X",
                "http --listen X",
                "http --listen :0 --upstream X",
                "tcp --listen :0 --upstream a:1 --latency X",
                "check X.conf",
                "tcp --listen :0 --upstream a:1 --X",
                "ctl journal --last X --url http://127.0.0.1:1",
                "run X.conf"
            })
    void whatIsTypedIsNoOrderToTheTerminal(String typed) {
        Ended ended = run(typed.replace("X", "\u001b[31m\u009b2J\u202e").split(" ", -1));

        assertTrue(ended.code != 0);
        assertEquals(PlainText.escapedLines(ended.out + ended.err), ended.out + ended.err);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http --listen :0 --upstream http://me:s3cret@a.b",
                "http --listen :0 --upstream me:s3cret@a.b:80",
                "http --listen me:s3cret@a.b:80 --upstream a.b:80",
                "tcp --listen :0 --upstream me:s3cret@a.b:80",
                "tcp --listen :0 --upstream http://me:s3cret@a.b",
                "tcp --listen :0 --upstream postgres://me:s3/cret@a.b",
                "tcp --listen :0 --upstream a.b:80 http://me:s3cret@a.b",
                "tcp --listen :0 --upsteam=me:s3cret@a.b:80",
                "ctl --url http://me:s3cret@a.b list",
                "ctl --url me:s3cret@a.b list",
                "run http://me:s3cret@a.b",
                "check me:s3cret@a.b",
                "tcp --listen :0 --upstream a.b:80 --control me:s3cret@a.b:1",
                "http --listen :0 --upstream a.b:80 -D proxies.http.upstream=http://me:s3cret@a.b",
                "run -D http://me:s3cret@a.b"
            })
    void aPasswordThatIsTypedIsNotRepeated(String typed) {
        Ended ended = run(typed.split(" ", -1));

        assertTrue(ended.code != 0);
        assertFalse((ended.out + ended.err).matches("(?s).*(s3|cret).*"), ended.err);
    }

    /** Of the configuration file, whose mistakes a reload logs. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "upstream = \"http://me:s3cret@a.b\"",
                "upstream = http://me:s3cret@a.b",
                "upstream = \"me:s3cret@a.b:1\"",
                "upstream = [\"me:s3cret@a.b:1\"]",
                "upstream = \"a:1\", \"http://me:s3cret@a.b\" = 1",
                "upstream = \"a:1\", faults { x { type = \"http://me:s3cret@a.b\" } }"
            })
    void aPasswordInAFileIsNotRepeated(String upstream) throws IOException {
        Ended ended = run(
                "check",
                write("chaos-proxy { proxies { a { protocol = tcp, listen = \":0\", " + upstream + " } } }")
                        .toString());

        assertTrue(ended.code != 0);
        assertFalse((ended.out + ended.err).matches("(?s).*(s3|cret).*"), ended.err);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\0', textBlock = """
        http --listen :0 --upstream a:1 --latncy 3 | Unknown option: '--latncy'; did you mean --latency?
        http --listen :0 --upstream a:1 --latncy -3 | Unknown option: '--latncy'; did you mean --latency?
        http --lisen 1                       | Unknown option: '--lisen'; did you mean --listen?
        http --lisen=1 --upstream            | Unknown option: '--lisen'; did you mean --listen?
        check --sed 1                        | Unknown option: '--sed'; did you mean --seed?
        tcp --tokn x                         | Unknown option: '--tokn'
        ctl add --tokn x                     | Unknown option: '--tokn'; did you mean --token?
        ctl list --clustr                    | Unknown option: '--clustr'
        -x run                               | Unknown option: '-x'
        tpc                                  | Unknown command: 'tpc'; did you mean tcp?
        chekc a.conf --seed 1                | Unknown command: 'chekc'; did you mean check?
        ctl jurnal --last 1                  | Unknown command: 'jurnal'; did you mean journal?
        xyzzy                                | Unknown command: 'xyzzy'
        list --url http://a:1                | Unknown command: 'list'; did you mean ctl list?
        version                              | Unknown command: 'version'; did you mean --version?
        help tpc                             | Unknown command: 'tpc'; did you mean tcp?
        help ctl lsit                        | Unknown command: 'lsit'; did you mean list?
        ctl help add                         | Unknown command: 'help'; did you mean --help?
        ctl foo add                          | Unknown command: 'foo'
        ctl lsit inspect                     | Unknown command: 'lsit'; did you mean list?
        ctl --tokn x inspect                 | Unknown option: '--tokn'; did you mean --token?
        foo http                             | Unknown command: 'foo'
        run a.conf b                         | Unexpected argument: 'b'
        ctl profile a b c d                  | Unexpected arguments: 'c', 'd'
        run -D a                             | -D: must be KEY=VALUE, not "a"
        run --seed abc                       | --seed: must be a whole number, not "abc"
        tcp --listen :0 --upstream a:1 --seed abc | --seed: must be a whole number, not "abc"
        run --control abc                    | --control: must be host:port, not "abc"
        run -D seed=abc                      | -D seed: must be a whole number, not "abc"
        run -D chaos-proxy.seed=abc          | -D chaos-proxy.seed: must be a whole number, not "abc"
        ca --days x                          | --days: must be a whole number, not "x"
        ctl journal --last x                 | --last: must be a whole number, not "x"
        tcp --listen :0 --upstream a:1 --tls-passthrough=x | --tls-passthrough: must be true or false, not "x"
        completion basch                     | SHELL: must be one of bash, zsh, fish, not "basch"; did you mean bash?
        ctl list -o tabel                    | --output: must be one of table, wide, json, yaml, not "tabel"; did you mean table?
        ctl events --types hit,exhange       | --types: must be one of connection, exchange, hit, plan, proxy, stats, not "exhange"; did you mean exchange?
        ctl add a --listen :1 --upstream b:1 --protocol htp | --protocol: must be one of http, tcp, auto, forward, not "htp"; did you mean http?
        ctl --ca /gone/ca.pem list           | --ca: can't read /gone/ca.pem
        ctl faults latncy                    | there is no type of fault latncy; did you mean latency?
        ctl add a slow delay                 | must be KEY=VALUE: delay
        ctl replace slow delay               | must be KEY=VALUE: delay
        """)
    void whatIsMistypedIsToldWithWhatWasMeant(String typed, String error) {
        Ended ended = run(typed.split(" ", -1));

        assertEquals(2, ended.code, ended.err);
        assertEquals("", ended.out);
        assertEquals(error, ended.err.lines().findFirst().orElse(""));
        long more = ended.err.lines().filter(line -> !line.startsWith("More: ")).count();
        assertEquals(1, more, ended.err);
    }

    @Test
    void allUnknownOptionsAreTold() {
        assertEquals(new Ended(2, "", """
            Unknown option: '--lisen'; did you mean --listen?
            Unknown option: '--upsteam'; did you mean --upstream?
            More: chaos-proxy tcp --help
            """), run("tcp", "--lisen", ":1", "--upsteam", "a:1"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "tcp", "ctl", "ctl add", "help"})
    void helpIsThatOfTheOption(String command) {
        List<String> asked = new ArrayList<>(List.of("help"));
        List<String> option = new ArrayList<>();
        if (!command.isEmpty()) {
            asked.addAll(List.of(command.split(" ", -1)));
            option.addAll(List.of(command.split(" ", -1)));
        }
        option.add("--help");
        Ended ended = run(asked.toArray(String[]::new));
        assertTrue(ended.out.startsWith("Usage: chaos-proxy"), ended.out);
        assertEquals(run(option.toArray(String[]::new)), ended);
    }

    @Test
    void saysWhichOptionsAreMissing() {
        assertEquals(new Ended(2, "", """
            Missing required options: '--listen=HOST:PORT', '--upstream=ADDRESS'
            More: chaos-proxy tcp --help
            """), run("tcp"));
    }

    @Test
    void checkSaysAllThatIsWrong() throws IOException {
        Path file = write("""
            chaos-proxy {
              proxies {
                shop {
                  protocol = http, listen = "127.0.0.1:0", upstream = "http://127.0.0.1:9000"
                  latncy = 100
                  jitter-prob = 3, jitter-min = 1, jitter-max = 2
                }
                db { protocol = tcp, listen = "nowhere", upstream = "127.0.0.1:9000" }
              }
            }
            """);

        Ended ended = run("check", file.toString());

        assertEquals(2, ended.code);
        assertEquals("", ended.out);
        List<String> mistakes = ended.err.lines().toList();
        assertEquals(3, mistakes.size(), ended.err);
        assertTrue(mistakes.get(0).startsWith(file + ":5: proxies.shop.latncy: "), ended.err);
        assertTrue(mistakes.get(0).contains("did you mean latency?"), ended.err);
        assertTrue(mistakes.get(1).startsWith(file + ":6: proxies.shop.jitter-prob: "), ended.err);
        assertTrue(mistakes.get(2).startsWith(file + ":8: proxies.db.listen: "), ended.err);
    }

    @Test
    void checkReportsAllFilesThatCannotBeUsed() throws IOException {
        Path file = write("""
            chaos-proxy {
              proxies {
                a { protocol = tcp, listen = ":0", upstream = "a:1", tls { certificate = /gone/a.pem } }
                b {
                  protocol = http, listen = ":0", upstream = "https://b"
                  upstream-tls { trust = /gone/b.pem }
                }
                c { protocol = http, listen = ":0", upstream = "http://c", tls { self-signed = true } }
                d { protocol = forward, listen = "127.0.0.1:0", intercept { ca = /gone/d.pem } }
              }
            }
            """);

        assertEquals(
                new Ended(
                        1,
                        "",
                        file + ":3: proxies.a.tls.certificate: /gone/a.pem does not exist\n" + file
                                + ":6: proxies.b.upstream-tls.trust: /gone/b.pem does not exist\n" + file
                                + ":9: proxies.d.intercept.ca: /gone/d.pem does not exist\n"),
                run("check", file.toString()));
    }

    /** In the same words as check, and nothing starts. */
    @Test
    void aStartReportsAllFilesThatCannotBeUsed() throws IOException {
        Path secret = Files.writeString(folder.resolve("users"), "someone\n");
        Path file = write("""
            chaos-proxy {
              proxies {
                "a.b" { protocol = http, listen = "127.0.0.1:0", upstream = "a:1", tls.certificate = /gone/a.pem }
                b {
                  protocol = forward, listen = "127.0.0.1:0"
                  credentials-file = %s
                }
              }
            }
            """.formatted(secret));

        assertEquals(
                new Ended(
                        1,
                        "",
                        file + ":3: proxies.\"a.b\".tls.certificate: /gone/a.pem does not exist\n" + file
                                + ":6: proxies.b.credentials-file: " + secret + " has no user:password in line 1\n"),
                run("run", file.toString()));
    }

    /** By check and by run, with line and key; check has those of the proxies with them. */
    @Test
    void passwordsOfRedisThatAreNotThereAreMistakesOfTheConfiguration() throws IOException {
        Path file = write("""
            chaos-proxy {
              cluster {
                redis = "redis://127.0.0.1:1"
                password-env = NO_SUCH_VARIABLE
              }
              proxies.a { protocol = tcp, listen = "127.0.0.1:0", upstream = "a:1" }
            }
            """);
        String variable = file + ":4: cluster.password-env: the environment variable NO_SUCH_VARIABLE is not set\n";
        assertEquals(new Ended(1, "", variable), run("check", file.toString()));
        assertEquals(new Ended(1, "", variable), run("run", file.toString()));

        Path both = write("""
            chaos-proxy {
              cluster { redis = "redis://127.0.0.1:1", password-file = /gone/password }
              proxies.a { protocol = tcp, listen = "127.0.0.1:0", upstream = "a:1", tls { certificate = /gone/a.pem } }
            }
            """);
        assertEquals(
                new Ended(
                        1,
                        "",
                        both + ":2: cluster.password-file: /gone/password does not exist\n" + both
                                + ":3: proxies.a.tls.certificate: /gone/a.pem does not exist\n"),
                run("check", both.toString()));
    }

    @Test
    void checkIsContentWithAGoodFile() throws IOException {
        Path file = write(tcp("db", 0));

        assertEquals(new Ended(0, file + ": OK (1 proxy)\n", ""), run("check", file.toString()));
    }

    @Test
    void checkMindsWhatIsSetOnTheCommandLine() throws IOException {
        Path file = write(tcp("db", 0));

        Ended ended = run("check", file.toString(), "-D", "proxies.db.latency=soon");

        assertEquals(2, ended.code);
        assertTrue(ended.err.startsWith("-D proxies.db.latency: must be "), ended.err);
    }

    @Test
    void aFileThatIsNotThereIsWrongUse() {
        Ended ended = run("run", folder.resolve("none.conf").toString());

        assertEquals(2, ended.code);
        assertEquals(folder.resolve("none.conf") + ": no such file\n", ended.err);
    }

    @Test
    void runSaysWhatItRunsAndWhatThereWas() throws IOException {
        Ended ended = run("run", write(tcp("db", 0)).toString(), "--seed", "7", "--control", "127.0.0.1:0");

        assertEquals(0, ended.code, ended.err);
        assertEquals("", ended.err);
        assertTrue(ended.out.matches("""
            db  tcp  127\\.0\\.0\\.1:\\d+ -> 127\\.0\\.0\\.1:9000  1 rule
            db: latency delays only the first byte of each tcp connection; .*
            seed 7, repeat with --seed 7
            control  127\\.0\\.0\\.1:\\d+

            ended after 0:00:0\\d
            db  0 connections    0 B up  0 B down
            hits: none
            seed 7, repeat with --seed 7
            """), ended.out);
    }

    @Test
    void aKeyThatLacksBesideAnOverrideIsNamed() {
        assertEquals(new Ended(2, "", """
            -D proxies.a.protocol: proxies.a.listen: is missing; it must be host:port
            -D proxies.a.protocol: proxies.a.upstream: is missing; it must be host:port or tls://host:port
            """), run("run", "-D", "proxies.a.protocol=tcp"));
    }

    @Test
    void anOverrideStartsAControlPlaneAsTheOptionDoes() {
        Ended ended = run("tcp --listen 127.0.0.1:0 --upstream 127.0.0.1:1 -D control.listen=127.0.0.1:0".split(" "));
        assertTrue(ended.out.contains("\ncontrol  127.0.0.1:"), ended.out);
    }

    @Test
    void runsTheControlPlaneAloneWithoutAFile() {
        Ended ended = run("run", "--seed", "7", "--control", "127.0.0.1:0");

        assertEquals(0, ended.code, ended.err);
        assertTrue(ended.out.startsWith("seed 7, repeat with --seed 7\ncontrol  127.0.0.1:"), ended.out);
    }

    @Test
    void aTakenControlPortIsNamed() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            String address = "127.0.0.1:" + taken.getLocalPort();
            String error = "control can't listen on " + address + ": Address already in use\n";
            String file = write(tcp("db", 0)).toString();

            assertEquals(new Ended(1, "", error), run("run", "--control", address));
            assertEquals(new Ended(1, "", error), run("run", file, "--control", address));
            assertEquals(
                    new Ended(1, "", error),
                    run("demo", write(demo(FreePort.any())).toString(), "--control", address));
            assertEquals(
                    new Ended(1, "", error),
                    run("tcp", "--listen", "127.0.0.1:0", "--upstream", "a:1", "--control", address));
        }
    }

    @Test
    void aControlPortForEverybodyHasToBeMeant() {
        Ended ended = run("run", "--control", "0.0.0.0:0");

        assertEquals(1, ended.code);
        assertTrue(ended.err.contains("set control.token, or control.open = true"), ended.err);
    }

    @Test
    void aTakenPortIsNamedWithTheProxyThatWantedIt() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            Ended ended = run("run", write(tcp("db", taken.getLocalPort())).toString());

            assertEquals(1, ended.code);
            assertEquals("", ended.out);
            assertEquals(1, ended.err.lines().count(), ended.err);
            assertTrue(
                    ended.err.contains(" db ") && ended.err.contains(" 127.0.0.1:" + taken.getLocalPort()), ended.err);
        }
    }

    @Test
    void verboseTellsWhereAFailureComesFrom() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            Path file = write(tcp("db", taken.getLocalPort()));

            assertTrue(run("run", "-v", file.toString()).err.contains("\tat io.chaosproxy."));
            assertTrue(run("-v", "run", file.toString()).err.contains("\tat io.chaosproxy."));
        }
    }

    @Test
    void aControlPortThatCannotBeReachedIsOneLine() {
        assertEquals(
                new Ended(
                        1,
                        "",
                        "http://127.0.0.1:1 can't be reached: Connection refused; is chaos-proxy running there?\n"),
                run("ctl", "list", "--url", "http://127.0.0.1:1"));
        assertTrue(run("ctl", "-v", "list", "--url", "http://127.0.0.1:1").err.contains("\tat io.chaosproxy."));
    }

    @Test
    void theDemoNeedsAnHttpProxy() throws IOException {
        Ended ended = run("demo", write(tcp("db", 0)).toString());

        assertEquals(2, ended.code);
        assertEquals("the demo needs an http proxy, and there is none in this configuration\n", ended.err);
    }

    @Test
    void theDemoInvitesToItsUrls() throws IOException {
        Ended ended = run(
                "demo",
                write(demo(FreePort.any())).toString(),
                "--control",
                "127.0.0.1:0",
                "-D",
                "proxies.web.latency=9ms");

        assertEquals(0, ended.code, ended.err);
        assertTrue(ended.out.matches("(?s).*in a browser to watch .*:\n  http://127\\.0\\.0\\.1:\\d+/\n.*"), ended.out);
        assertTrue(ended.out.matches("(?s).*Faults in force:\n  web: latency +latency +delay 9ms.*"), ended.out);
        for (String path : List.of("/ ", "/bytes/10000000 ", "/slow?ms=500 ", "/events ", "/echo ")) {
            assertTrue(ended.out.matches("(?s).* http://127\\.0\\.0\\.1:\\d+" + Pattern.quote(path) + ".*"), path);
        }
        assertTrue(ended.out.contains("\nweb  0 connections  0 exchanges  0 B up  0 B down\n"), ended.out);
    }

    @Test
    void aTakenPortOfAControlPlaneThatNobodyAskedForGivesWay() throws IOException {
        StringWriter out = new StringWriter();
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"));
                RunningServer server = RunningServer.start(ConfigReader.read(write(tcp("db", 0)), Map.of()));
                Control control = Control.near(new Address("127.0.0.1", taken.getLocalPort()))
                        .start(server, environment(out, new StringWriter()), Optional.empty())) {
            assertTrue(out.toString().contains("is in use by another program; taking a free port\n"), out.toString());
            assertFalse(control.url().endsWith(":" + taken.getLocalPort() + "/"), control.url());
        }
    }

    @Test
    void aTakenPortOfTheDemosServerIsNamed() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            Ended ended = run("demo", write(demo(taken.getLocalPort())).toString());

            assertEquals(1, ended.code);
            String complaint = "the demo's web server cannot listen on 127.0.0.1:" + taken.getLocalPort() + ": ";
            assertTrue(ended.err.startsWith(complaint), ended.err);
            assertEquals(1, ended.err.lines().count(), ended.err);
        }
    }

    @Test
    void optionsSayWhatAFileWouldSay() {
        ChaosConfig config = config(
                Protocol.HTTP,
                "--listen 127.0.0.1:8080 --upstream http://127.0.0.1:9000 --latency 100 --speed 64KiB --jitter-prob 0.1"
                        + " --jitter-min 200 --jitter-max 2000 --reset-enable --reset-prob 0.02 --seed 7");

        Plan plan = Plan.of(
                Rule.of("latency", Latency.of(Duration.ofMillis(100))),
                Rule.of("speed", Rate.of(65_536)),
                Rule.of("jitter", new Outage(Duration.ofMillis(200), Duration.ofMillis(2000)))
                        .probability(0.1),
                Rule.of("reset", Reset.at(Reset.At.FIRST_BYTE)).probability(0.02));
        ProxySpec expected = new ProxySpec(
                "http",
                Protocol.HTTP,
                new Address("127.0.0.1", 8080),
                new Address("127.0.0.1", 9000),
                plan,
                Options.DEFAULTS);
        assertEquals(new ChaosConfig(OptionalLong.of(7), Plan.CLEAN, List.of(expected)), config);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        tcp  | --latency 100                                             | true
        tcp  | --latency-min 1 --latency-max 2                           | true
        tcp  | --latency 100 --latency-scope first-byte                  | true
        tcp  | --latency 100 --latency-scope stream                      | false
        tcp  | --speed 1MiB                                              | false
        http | --latency 100                                             | false
        """)
    void theStartSaysWhatLatencyDoesToTcpConnections(String command, String options, boolean isSaid) {
        List<String> arguments =
                new ArrayList<>(List.of(command, "--listen", "127.0.0.1:0", "--upstream", "127.0.0.1:9"));
        arguments.addAll(List.of(options.split(" ")));
        Ended ended = run(arguments.toArray(String[]::new));

        assertEquals(0, ended.code, ended.err);
        String line = "tcp: latency delays only the first byte of each tcp connection; for every query, write"
                + " latency-scope = stream (--latency-scope stream)";
        assertEquals(isSaid ? 1 : 0, ended.out.lines().filter(line::equals).count(), ended.out);
    }

    @Test
    void latencyOfAllProxiesIsSaidForThoseOfTcp() throws IOException {
        Ended ended = run("run", write("""
            chaos-proxy {
              latency = 5ms
              control.listen = "127.0.0.1:0"
              proxies {
                a { protocol = tcp, listen = "127.0.0.1:0", upstream = "127.0.0.1:9" }
                b { protocol = http, listen = "127.0.0.1:0", upstream = "127.0.0.1:9" }
                c { protocol = tcp, listen = "127.0.0.1:0", upstream = "127.0.0.1:9", speed = 1 }
              }
            }
            """).toString());

        assertEquals(0, ended.code, ended.err);
        assertEquals(
                List.of("a", "c"),
                ended.out
                        .lines()
                        .filter(line -> line.contains(": latency delays only"))
                        .map(line -> line.substring(0, 1))
                        .toList());
    }

    @Test
    void optionsSayHowAProxyServes() {
        ChaosConfig config = config(
                Protocol.HTTP,
                "--name my.db --listen :0 --upstream http://db:5432 --max-connections 5 --connect-timeout 2s"
                    + " --idle-timeout 1m --max-head 8KiB --backlog 7 --drain 0 --log hits --rewrite-host=false --h2c"
                    + " pass --http.strict=false");

        ProxySpec proxy = config.proxies().getFirst();
        assertEquals("my.db", proxy.name());
        assertEquals(
                new Options(
                        5,
                        Duration.ofSeconds(2),
                        Duration.ofMinutes(1),
                        8192,
                        7,
                        Duration.ZERO,
                        Options.Log.HITS,
                        false,
                        false,
                        Options.H2c.PASS,
                        ProxyProtocol.OFF,
                        ForwardAccess.OPEN),
                proxy.options());
    }

    @Test
    void optionsSayHowAListenerAndAnUpstreamSpeakTls() {
        ListenerTls.Terminated files = new ListenerTls.Terminated(
                Optional.of(new ListenerTls.KeyFiles(
                        Path.of("a.pem"), Optional.of(Path.of("a.key")), Optional.of(Path.of("pw")))),
                Map.of(),
                Optional.empty(),
                ListenerTls.ClientCertificates.WANT,
                Optional.of(Path.of("clients.pem")),
                List.of("http/1.1", "x"));
        UpstreamTls upstream = new UpstreamTls(
                Optional.of(Path.of("ca.pem")),
                false,
                Optional.of(new ListenerTls.KeyFiles(
                        Path.of("me.pem"), Optional.of(Path.of("me.key")), Optional.of(Path.of("my.pw")))),
                Optional.of("shop.test"));
        assertEquals(
                ProxySpec.http("shop.test", 443).listeningOn("", 0).tls(files).upstreamTls(upstream),
                config(
                                Protocol.HTTP,
                                "--listen :0 --upstream https://shop.test --tls-certificate a.pem --tls-key a.key"
                                        + " --tls-password-file pw --tls-client-certificates want --tls-client-trust"
                                        + " clients.pem --tls-alpn http/1.1 --tls-alpn x --upstream-trust ca.pem"
                                        + " --upstream-certificate me.pem --upstream-key me.key"
                                        + " --upstream-password-file my.pw --upstream-server-name shop.test")
                        .proxies()
                        .getFirst());
        assertEquals(
                ProxySpec.tcp("db", 1)
                        .listeningOn("", 0)
                        .tls(ListenerTls.Terminated.selfSigned().writtenTo(Path.of("ca.pem")))
                        .upstreamTls(UpstreamTls.DEFAULTS.acceptingAll()),
                config(
                                Protocol.TCP,
                                "--listen :0 --upstream tls://db:1 --tls-self-signed --tls-self-signed-file ca.pem"
                                        + " --upstream-insecure")
                        .proxies()
                        .getFirst());
        assertEquals(
                ProxySpec.tcp("db", 1).listeningOn("", 0).tls(new ListenerTls.Passthrough()),
                config(Protocol.TCP, "--listen :0 --upstream db:1 --tls-passthrough")
                        .proxies()
                        .getFirst());
    }

    @ParameterizedTest
    @CsvSource({
        "http, https://shop.test, https://shop.test:443",
        "tcp, tls://db.test:1, tls://db.test:1",
        "http, http://shop.test, shop.test:80"
    })
    void theStartSaysThatAnUpstreamIsReachedByTls(String command, String upstream, String shown) {
        Ended ended = run(command, "--listen", "127.0.0.1:0", "--upstream", upstream);

        assertEquals(0, ended.code, ended.err);
        assertTrue(ended.out.contains(" -> " + shown + " "), ended.out);
    }

    @Test
    void optionsOfSeveralValuesTakeThemOneByOneOrWithCommas() {
        for (String typed : List.of(
                "--accept-proxy-protocol 10.0.0.0/8,::1",
                "--accept-proxy-protocol 10.0.0.0/8 --accept-proxy-protocol=::1")) {
            assertEquals(
                    new ProxyProtocol(
                            List.of(Network.parse("10.0.0.0/8"), Network.parse("::1")), ProxyProtocol.Send.V1),
                    config(Protocol.TCP, "--listen :0 --upstream db:1 --send-proxy-protocol v1 " + typed)
                            .proxies()
                            .getFirst()
                            .options()
                            .proxyProtocol());
        }
    }

    /** In the words of the file, at the option. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\0', textBlock = """
        tcp  | a:1        | --tls-key a                                     | --tls-key: needs certificate
        tcp  | a:1        | --tls-self-signed-file a                        | --tls-certificate: is missing; or set self-signed = true
        tcp  | a:1        | --tls-self-signed --tls-certificate a           | --tls-self-signed: does not go with certificate
        tcp  | a:1        | --tls-self-signed --tls-client-certificates require | --tls-client-trust: is missing: client certificates are asked for
        tcp  | a:1        | --tls-self-signed --tls-client-certificates maybe | --tls-client-certificates: must be one of none, want, require, not "maybe"
        tcp  | a:1        | --tls-self-signed --tls-alpn ä                  | --tls-alpn: not a protocol name: "ä"
        tcp  | a:1        | --tls-passthrough --tls-self-signed             | --tls-passthrough: does not go with --tls-self-signed
        tcp  | a:1        | --upstream-trust a                              | --upstream-trust: needs an upstream that begins with https:// or tls://
        tcp  | tls://a:1  | --upstream-trust a --upstream-insecure          | --upstream-insecure: does not go with trust: any certificate would be accepted
        http | https://a  | --upstream-server-name a:1                      | --upstream-server-name: must be a host name, not "a:1"
        http | https://a  | --upstream-key a                                | --upstream-key: needs certificate
        http | http://a   | --reset-enable --reset-prob 1 --reset-at hello  | --reset-at: a reset of the TLS handshake needs tls { ... }, or intercept { ... } on a forward proxy
        http | http://a   | --jitter-prob 0.5                               | --jitter-prob: needs jitter-min and jitter-max
        """)
    void whatDoesNotGoTogetherIsSaidAtItsOption(String command, String upstream, String options, String error) {
        List<String> arguments = new ArrayList<>(List.of(command, "--listen", ":0", "--upstream", upstream));
        arguments.addAll(List.of(options.split(" ", -1)));
        Ended ended = run(arguments.toArray(String[]::new));

        assertEquals(2, ended.code);
        assertEquals(error, ended.err.lines().findFirst().orElse(""));
    }

    @Test
    void aFileThatCannotBeUsedIsNamed() {
        String[] gone = {"tcp", "--listen", ":0", "--upstream", "a:1", "--tls-certificate", "/gone/a.pem"};
        Ended ended = run(gone);

        assertEquals(1, ended.code);
        assertEquals("--tls-certificate: /gone/a.pem does not exist\n", ended.err);
    }

    @ParameterizedTest
    @ValueSource(strings = {"http", "tcp", "auto", "forward"})
    void helpFitsIntoEightyColumns(String command) {
        Ended ended = run(command, "--help");

        assertEquals(
                List.of(), ended.out.lines().filter(line -> line.length() > 80).toList());
        assertTrue(ended.out.contains("\nTLS:\n"), ended.out);
    }

    /** All but certificates by server name. */
    @Test
    void everyFieldOfTlsHasAnOptionOfItsOwn() {
        assertEquals(
                ConfigReference.tls().stream()
                        .map(ConfigReference.ConfigField::key)
                        .filter(key -> !key.startsWith("tls.certificates."))
                        .toList(),
                Stream.concat(Setting.TLS.stream(), Setting.INTERCEPT.stream())
                        .map(Setting::key)
                        .toList());
        List<String> options = Stream.of(
                        List.of(Setting.LISTEN, Setting.upstream(Protocol.TCP), Setting.PASSTHROUGH),
                        Setting.FAULTS,
                        services().toList(),
                        Setting.TLS,
                        Setting.INTERCEPT)
                .flatMap(List::stream)
                .map(Setting::option)
                .toList();
        assertEquals(options.size(), Set.copyOf(options).size());
    }

    @Test
    void aForwardProxyHasTargetsAndUsersAndNoUpstream() {
        ProxySpec proxy = config(
                        Protocol.FORWARD,
                        "--listen :0 --allow *.test:443,10.0.0.0/8 --credentials-file users --latency 5")
                .proxies()
                .getFirst();
        assertEquals("forward", proxy.name());
        assertEquals(
                ForwardAccess.OPEN.allowing("*.test:443", "10.0.0.0/8").credentials(Path.of("users")),
                proxy.options().forward());
        assertTrue(proxy.plan().rule("latency").isPresent());
    }

    @Test
    void optionsSayWhatAForwardProxyIntercepts() {
        assertEquals(
                ProxySpec.forward()
                        .listeningOn("127.0.0.1", 0)
                        .intercept(new Intercept(
                                new ListenerTls.KeyFiles(
                                        Path.of("ca.pem"), Optional.of(Path.of("ca.key")), Optional.of(Path.of("pw"))),
                                List.of(TargetPattern.parse("*.test:443"), TargetPattern.parse("10.0.0.0/8")),
                                List.of(TargetPattern.parse("bank.test")),
                                Intercept.OnRefusal.PASSTHROUGH,
                                Duration.ofDays(2)))
                        .upstreamTls(UpstreamTls.DEFAULTS.trusting(Path.of("web.pem"))),
                config(
                                Protocol.FORWARD,
                                "--listen 127.0.0.1:0 --intercept-ca ca.pem --intercept-key ca.key"
                                        + " --intercept-password-file pw --intercept-only *.test:443,10.0.0.0/8"
                                        + " --intercept-except bank.test --intercept-on-refusal passthrough"
                                        + " --intercept-validity 2d --upstream-trust web.pem")
                        .proxies()
                        .getFirst());
    }

    @Test
    void theStartSaysWhereAForwardProxyLeads() throws IOException {
        AuthorityFiles files = AuthorityFiles.in(folder);
        files.write(CertificateAuthority.create("test"), false);
        for (String more : List.of("", " --intercept-ca CA --intercept-key KEY --upstream-insecure")) {
            String options = "forward --listen 127.0.0.1:0" + more;
            Ended ended = run(options.replace("CA", files.certificate().toString())
                    .replace("KEY", files.key().toString())
                    .split(" ", -1));
            assertEquals(0, ended.code, ended.err);
            assertTrue(ended.out.contains(" -> the targets that clients name "), ended.out);
        }
    }

    /** Other commands have no options of a forward proxy's tunnels. */
    @ParameterizedTest
    @ValueSource(strings = {"http", "tcp", "auto"})
    void onlyAForwardProxyIntercepts(String command) {
        Ended ended = run(command, "--listen", ":0", "--upstream", "a:1", "--intercept-ca", "a");

        assertEquals(2, ended.code);
        assertTrue(ended.err.startsWith("Unknown option: '--intercept-ca'"), ended.err);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\0', textBlock = """
        --intercept-only a                                   | --intercept-ca: is missing; it must be the name of a file
        --intercept-ca a --intercept-only a:0                | --intercept-only: port must be from 1 to 65535, or *: "a:0"
        --intercept-ca a --intercept-except 10.0.0.0/99      | --intercept-except: prefix must be from 0 to 32: "10.0.0.0/99"
        --intercept-ca a --intercept-on-refusal pass         | --intercept-on-refusal: must be one of fail, passthrough, not "pass"; did you mean passthrough?
        --intercept-ca a --intercept-validity 198d           | --intercept-validity: must be at most 197 days, not PT4752H
        --upstream-trust a                                   | --upstream-trust: needs intercept with protocol = forward: without it clients negotiate TLS with their targets themselves
        --intercept-ca a --upstream-trust a --upstream-insecure | --upstream-insecure: does not go with trust: any certificate would be accepted
        """)
    void mistakesOfInterceptionAreSaidAtTheirOption(String options, String error) {
        List<String> arguments = new ArrayList<>(List.of("forward", "--listen", "127.0.0.1:0"));
        arguments.addAll(List.of(options.split(" ", -1)));
        Ended ended = run(arguments.toArray(String[]::new));

        assertEquals(2, ended.code);
        assertEquals(error, ended.err.lines().findFirst().orElse(""));
    }

    @Test
    void whatHasNoOptionIsSetByItsKey() {
        ChaosConfig config = config(
                Protocol.TCP,
                "--listen :0 --upstream db:5432 -D proxies.tcp.faults.cut.type=limit -D"
                        + " proxies.tcp.faults.cut.bytes=9");

        assertEquals(
                "limit",
                config.proxies()
                        .getFirst()
                        .plan()
                        .rule("cut")
                        .orElseThrow()
                        .fault()
                        .type());
    }

    @Test
    void optionsAreRefusedInTheWordsOfTheFile() {
        Ended ended = run(
                "http", "--listen", "127.0.0.1:99999", "--upstream", "x:3", "--latency", "3q", "--jitter-prob", "3");

        assertEquals(2, ended.code);
        Set<String> places =
                ended.err.lines().map(line -> line.split(":", 2)[0]).collect(Collectors.toSet());
        assertEquals(Set.of("--listen", "--latency", "--jitter-prob"), places, ended.err);
        assertFalse(ended.err.contains("proxies."), ended.err);
    }

    /** The codec names all keys that it knows when it meets one that is like none of them. */
    @Test
    void everyPlainKeyOfAProxyHasAnOption() {
        InvalidConfigException mistakes =
                assertThrows(InvalidConfigException.class, () -> ConfigReader.read(ConfigFactory.parseString("""
                    chaos-proxy.proxies.a { protocol = tcp, listen = ":0", upstream = "db:1", xyzzyxyzzyxyzzy = 1 }
                    """)));
        String known = mistakes.errors().getFirst().message();
        Set<String> keys = new TreeSet<>(
                List.of(known.substring(known.indexOf(':') + 1).strip().split(", ")));
        assertTrue(keys.removeAll(Set.of("protocol", "faults")), known);
        assertTrue(keys.removeAll(Set.of("http", "tls", "upstream-tls", "intercept")), known); // sections
        keys.add("http.strict");

        Set<String> options = Stream.of(
                        List.of(Setting.LISTEN, Setting.upstream(Protocol.TCP)),
                        Setting.FAULTS,
                        services().toList())
                .flatMap(List::stream)
                .map(Setting::key)
                .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(keys, options);
    }

    /** Options of proxies of any protocol. */
    private static Stream<Setting> services() {
        return Stream.of(Protocol.values())
                .flatMap(protocol -> Setting.service(protocol).stream())
                .distinct();
    }

    @Test
    void aProtocolHasTheOptionsThatItUses() {
        String tcp = run("tcp", "--help").out();
        for (String other : List.of("--rewrite-host", "--h2c", "--max-head", "--http.strict", "--allow", "http")) {
            assertFalse(tcp.contains(other), other);
        }
        assertTrue(run("http", "--help").out().contains("--rewrite-host"));
        String forward = run("forward", "--help").out();
        assertTrue(forward.contains("--h2c") && forward.contains("--allow"), forward);
        assertFalse(forward.contains("--rewrite-host"), forward);
        Ended typed = run("tcp", "--listen", ":0", "--upstream", "a:1", "--rewrite-host");
        assertEquals(2, typed.code());
        assertTrue(typed.err().startsWith("Unknown option: '--rewrite-host'"), typed.err());
    }

    private static ChaosConfig config(Protocol protocol, String options) {
        ProxyCommand command = new ProxyCommand(protocol, environment(new StringWriter(), new StringWriter()));
        new CommandLine(command.spec()).parseArgs(options.split(" ", -1));
        return command.config();
    }

    private static Ended run(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code = Program.commandLine(environment(out, err))
                .setUsageHelpAutoWidth(false)
                .execute(arguments);
        String newLine = System.lineSeparator();
        return new Ended(
                code, out.toString().replace(newLine, "\n"), err.toString().replace(newLine, "\n"));
    }

    private static Environment environment(StringWriter out, StringWriter err) {
        ShutdownSignal ending = new ShutdownSignal();
        ending.ask();
        return new Environment(
                new PrintWriter(out, true),
                new PrintWriter(err, true),
                Optional::empty,
                new Logging(line -> {}),
                ending,
                () -> {});
    }

    private static String tcp(String name, int port) {
        return """
            chaos-proxy.proxies.%s { protocol = tcp, listen = "127.0.0.1:%d", upstream = "127.0.0.1:9000", latency = 5 }
            """.formatted(name, port);
    }

    private static String demo(int origin) {
        return """
            chaos-proxy.proxies.web { protocol = http, listen = "0.0.0.0:0", upstream = "http://127.0.0.1:%d" }
            """.formatted(origin);
    }

    private Path write(String text) throws IOException {
        return Files.writeString(folder.resolve("test.conf"), text);
    }
}
