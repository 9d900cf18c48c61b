@echo off
rem Starts chaos-proxy with Java 21 or newer: that of JAVA_HOME, or that of the PATH.
rem JAVA_OPTS and CHAOS_PROXY_OPTS are added to the options in lib\jvm.options.
setlocal EnableExtensions DisableDelayedExpansion
set "CHAOS_PROXY_HOME=%~dp0.."
set "CHAOS_PROXY_JAVA="
if defined JAVA_HOME call :use "%JAVA_HOME%\bin\java.exe"
if not defined CHAOS_PROXY_JAVA for %%J in (java.exe) do call :use "%%~$PATH:J"
if not defined CHAOS_PROXY_JAVA (
    echo chaos-proxy needs Java 21 or newer and found none: install a JDK or JRE 21, or set JAVA_HOME to one>&2
    exit /b 1
)
rem What ends soon is not worth optimizing.
set "CHAOS_PROXY_BRIEF="
for %%C in (ctl check ca completion help -h --help -V --version) do if "%~1"=="%%C" set "CHAOS_PROXY_BRIEF=-XX:TieredStopAtLevel=1 -XX:CompileThresholdScaling=10"
rem Java refuses to start with two collectors.
set "CHAOS_PROXY_GC="
for %%V in (JDK_JAVA_OPTIONS JAVA_TOOL_OPTIONS _JAVA_OPTIONS JAVA_OPTS CHAOS_PROXY_OPTS) do call :collector %%V
"%CHAOS_PROXY_JAVA%" "@%CHAOS_PROXY_HOME%\lib\jvm.options" %CHAOS_PROXY_BRIEF% %CHAOS_PROXY_GC% %JAVA_OPTS% %CHAOS_PROXY_OPTS% -cp "%CHAOS_PROXY_HOME%\lib\*" io.chaosproxy.Main %*
exit /b %ERRORLEVEL%

rem Takes a java if it is new enough: version "21.0.4", while an old one says "1.8.0_402".
:use
if "%~1"=="" exit /b
if not exist "%~1" exit /b
set "CHAOS_PROXY_RELEASE="
for /f "tokens=1-3" %%A in ('call "%~1" -version 2^>^&1') do if "%%B"=="version" if not defined CHAOS_PROXY_RELEASE set "CHAOS_PROXY_RELEASE=%%~C"
for /f "delims=.-+_" %%R in ("%CHAOS_PROXY_RELEASE%") do if %%R GEQ 21 set "CHAOS_PROXY_JAVA=%~1"
exit /b

:collector
set %1 2>nul | findstr /r /c:"-XX:+Use[A-Za-z0-9]*GC" >nul && set "CHAOS_PROXY_GC=-XX:-UseSerialGC"
exit /b
