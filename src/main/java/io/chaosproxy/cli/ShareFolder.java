package io.chaosproxy.cli;

import io.chaosproxy.cli.ChaosProxyCommand.Shell;
import io.chaosproxy.text.ProgramVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import picocli.CommandLine;

/** The folder {@code share} of the installed program: manual pages and completion scripts where each shell looks for them. */
final class ShareFolder {
    private ShareFolder() {}

    static void write(Path folder, CommandLine line) throws IOException {
        Map<String, String> files = new TreeMap<>();
        ManPage.all(line, ProgramVersion.TEXT).forEach((name, page) -> files.put("man/man1/" + name, page));
        files.put("bash-completion/completions/chaos-proxy", Shell.bash.script(line));
        files.put("zsh/site-functions/_chaos-proxy", Shell.zsh.script(line));
        files.put("fish/vendor_completions.d/chaos-proxy.fish", Shell.fish.script(line));
        for (Map.Entry<String, String> file : files.entrySet()) {
            Path path = folder.resolve(file.getKey());
            Files.createDirectories(path.resolveSibling("."));
            Files.writeString(path, file.getValue());
        }
    }
}
