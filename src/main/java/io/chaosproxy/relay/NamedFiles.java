package io.chaosproxy.relay;

import io.chaosproxy.config.ConfigError;
import io.chaosproxy.config.Intercept;
import io.chaosproxy.config.ListenerTls;
import io.chaosproxy.config.ListenerTls.KeyFiles;
import io.chaosproxy.config.ProxySpec;
import io.chaosproxy.config.UpstreamTls;
import io.chaosproxy.relay.UnusableSettingsException.Setting;
import io.chaosproxy.tls.KeyReader;
import io.chaosproxy.tls.UnusableFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The files that the settings of a proxy name, with their keys in the configuration. */
final class NamedFiles {
    private static final String CERTIFICATE = "certificate";

    private final ProxySpec spec;

    /** By the key of the object that they are in. */
    private final Map<String, KeyFiles> keys = new LinkedHashMap<>();

    /** By their keys. */
    private final Map<String, Path> trust = new LinkedHashMap<>();

    private NamedFiles(ProxySpec spec) {
        this.spec = spec;
        if (spec.tls().orElse(null) instanceof ListenerTls.Terminated tls) {
            tls.certificate().ifPresent(files -> keys.put("tls", files));
            tls.certificates().forEach((name, files) -> keys.put(ConfigError.path("tls", "certificates", name), files));
            tls.clientTrust().ifPresent(file -> trust.put("tls.client-trust", file));
        }
        spec.upstreamTls().flatMap(UpstreamTls::client).ifPresent(files -> keys.put("upstream-tls", files));
        spec.upstreamTls().flatMap(UpstreamTls::trust).ifPresent(file -> trust.put("upstream-tls.trust", file));
        spec.intercept().map(Intercept::authority).ifPresent(files -> keys.put("intercept", files));
    }

    static NamedFiles of(ProxySpec spec) {
        return new NamedFiles(spec);
    }

    /**
     * Checks that all that these settings name can be used.
     *
     * @throws UnusableSettingsException with all that can't
     */
    static void check(Collection<ProxySpec> specs) throws UnusableSettingsException {
        List<Setting> unusable = new ArrayList<>();
        Set<Path> files = new LinkedHashSet<>();
        for (ProxySpec spec : specs) {
            NamedFiles named = of(spec);
            if (unusable.addAll(named.unusable())) {
                files.addAll(named.paths());
                spec.options().forward().credentialsFile().ifPresent(files::add);
            }
        }
        if (!unusable.isEmpty()) {
            throw new UnusableSettingsException(unusable, files);
        }
    }

    /** The files of keys, certificates and passwords. */
    List<Path> paths() {
        Set<Path> paths = new LinkedHashSet<>(trust.values());
        for (KeyFiles files : keys.values()) {
            paths.add(files.certificate());
            files.key().ifPresent(paths::add);
            files.passwordFile().ifPresent(paths::add);
        }
        return List.copyOf(paths);
    }

    /** The keys in the configuration of a file, with commas between them; empty if the settings don't name it. */
    String keysOf(Path file) {
        Set<String> found = new LinkedHashSet<>();
        keys.forEach((place, files) -> keyOf(place, files, file).ifPresent(found::add));
        trust.forEach((key, path) -> {
            if (path.equals(file)) {
                found.add(key);
            }
        });
        return String.join(", ", found);
    }

    private static Optional<String> keyOf(String place, KeyFiles files, Path file) {
        if (file.equals(files.certificate())) {
            return Optional.of(place + "." + (isAuthority(place) ? "ca" : CERTIFICATE));
        }
        if (files.key().filter(file::equals).isPresent()) {
            return Optional.of(place + ".key");
        }
        return files.passwordFile().filter(file::equals).map(path -> place + ".password-file");
    }

    private static boolean isAuthority(String place) {
        return place.equals("intercept");
    }

    private List<Setting> unusable() {
        List<Setting> unusable = new ArrayList<>();
        keys.forEach((place, files) -> {
            try {
                read(place, files);
            } catch (UnusableFileException e) {
                unusable.add(unusable(keyOf(place, files, e.file()).orElse(place), e));
            }
        });
        trust.forEach((key, file) -> {
            try {
                KeyReader.trusted(file);
            } catch (UnusableFileException e) {
                unusable.add(unusable(key, e));
            }
        });
        selfSignedFile()
                .filter(file -> !isWritable(file))
                .ifPresent(file ->
                        unusable.add(new Setting(section(), "tls.self-signed-file", file + " can't be written")));
        try {
            ProxyCredentials.check(spec);
        } catch (ProxyCredentials.UnusableException e) {
            unusable.add(unusable(e.key(), e));
        }
        return unusable;
    }

    private static void read(String place, KeyFiles files) throws UnusableFileException {
        if (isAuthority(place)) {
            KeyReader.authority(files.certificate(), files.key(), files.passwordFile());
        } else {
            KeyReader.read(files.certificate(), files.key(), files.passwordFile());
        }
    }

    private Setting unusable(String key, IOException reason) {
        return new Setting(section(), key, String.valueOf(reason.getMessage()));
    }

    private String section() {
        return ConfigError.path("proxies", spec.name());
    }

    private Optional<Path> selfSignedFile() {
        return spec.tls().orElse(null) instanceof ListenerTls.Terminated tls ? tls.selfSignedFile() : Optional.empty();
    }

    private static boolean isWritable(Path file) {
        Path folder = file.toAbsolutePath().getParent();
        return Files.exists(file)
                ? Files.isWritable(file) && Files.isRegularFile(file)
                : folder != null && Files.isDirectory(folder) && Files.isWritable(folder);
    }
}
