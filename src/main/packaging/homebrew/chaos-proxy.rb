# Formula of Homebrew. src/build/Packages.java fills in the version and the checksum of the archive.
class ChaosProxy < Formula
  desc "TCP and HTTP proxy that injects network faults"
  homepage "https://github.com/chaosproxy/chaos-proxy"
  url "https://github.com/chaosproxy/chaos-proxy/releases/download/v@version@/chaos-proxy-@version@.tar.gz"
  sha256 "@sha256@"
  license "Apache-2.0"

  depends_on "openjdk"

  def install
    rm(Dir["bin/*.cmd", "lib/*.jsa"]) # the archives of classes are those of another JDK
    libexec.install "bin", "lib"
    (bin/"chaos-proxy").write_env_script libexec/"bin/chaos-proxy", Language::Java.overridable_java_home_env
    (etc/"chaos-proxy").install Dir["conf/*"]
    man1.install Dir["share/man/man1/*"]
    bash_completion.install "share/bash-completion/completions/chaos-proxy"
    zsh_completion.install "share/zsh/site-functions/_chaos-proxy"
    fish_completion.install "share/fish/vendor_completions.d/chaos-proxy.fish"
  end

  test do
    (testpath/"test.conf").write <<~EOS
      chaos-proxy.proxies.web { protocol = tcp, listen = "127.0.0.1:0", upstream = "127.0.0.1:9" }
    EOS
    assert_match "OK (1 proxy)", shell_output("#{bin}/chaos-proxy check test.conf")
  end
end
