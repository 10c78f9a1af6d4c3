// The AAR. `docs/android.md` says how to build it, and what of it was tried.

buildscript {
    repositories {
        google()
        mavenCentral()
    }
    dependencies {
        // The Android plugin compiles Kotlin itself, with this compiler in place of its own.
        classpath("org.jetbrains.kotlin:kotlin-gradle-plugin:2.4.20")
    }
}

plugins {
    id("com.android.library") version "9.4.1"
}

android {
    namespace = "org.authenticatorcore"
    compileSdk = 37
    ndkVersion = "28.2.13676358"

    defaultConfig {
        minSdk = 24
        consumerProguardFiles("consumer-rules.pro")
    }

    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_11
        targetCompatibility = JavaVersion.VERSION_11
    }

    // The generated code and the layer that the JVM shares; the Android sources are in the usual place.
    sourceSets.named("main") {
        kotlin.directories += listOf("../generated", "../src/main/kotlin")
    }
}

dependencies {
    // The AAR has JNA's own library for every ABI; the jar has none for Android.
    implementation("net.java.dev.jna:jna:5.19.1@aar")
    api("org.jetbrains.kotlinx:kotlinx-coroutines-core:1.11.0")
    implementation("org.jetbrains.kotlinx:kotlinx-coroutines-android:1.11.0")
    // For apps that have it: OkHttpCarrier.
    compileOnly("com.squareup.okhttp3:okhttp:5.5.1")
}
